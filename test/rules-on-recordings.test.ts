import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCatalogue, nativeFields, normalise } from '../src/normalise/index.ts';
import { createRuleJudge, type JudgedColumn, judgedColumns, loadPack, ownRules } from '../src/rules/index.ts';
import { haveRecordings, recordingsFolder, zstdWindow } from './shared-recordings.ts';

/**
 * The program's own rules over recordings whose records are labelled with what was done: normalised, routed and judged as an import does,
 * with no store; skipped where the recordings are absent.
 */
const catalogue = loadCatalogue();
const pack = loadPack(ownRules);
const judge = createRuleJudge([{ ...pack, off: [] }], new Map());
const fileOf = new Map(pack.rules.map(({ id, file }) => [id, basename(file, '.yml')]));

/** One label of the collection, before all else in a line. */
const label = /^\{"(_id|_src|_rule|_expect|_attack|_test|_logtype)":("(?:[^"\\]|\\.)*"|true|false|null),?/;

interface Labelled {
  readonly labels: ReadonlyMap<string, string>;
  readonly record: string;
}

function recordsOf(recording: string): readonly Labelled[] {
  const packed = readFileSync(join(recordingsFolder, `${recording}.ndjson.zst`));
  const lines = zstdDecompressSync(packed, zstdWindow).toString().trimEnd().split('\n');
  return lines.map(withoutLabels);
}

function withoutLabels(line: string): Labelled {
  const labels = new Map<string, string>();
  let record = line;
  for (let found = label.exec(record); found !== null; found = label.exec(record)) {
    labels.set(found[1] ?? '', String(JSON.parse(found[2] ?? '""')));
    record = `{${record.slice(found[0].length)}`;
  }
  return { labels, record };
}

/** Rules, by the names of their files, that hit a record. */
function hitsOn(record: string): readonly string[] {
  const recognised = catalogue.recogniseText(record);
  if (recognised === undefined) return [];
  const { source, form } = recognised;
  const raw = Buffer.from(record);
  const place = { partition: 0, offset: 0, sub: 0 };
  const envelope = { tenant: 'test', stream: '', receivedAt: 0, seed: '', ordinal: 0, place };
  const outcome = normalise(catalogue, { ...envelope, source, form, raw });
  if (outcome.kind !== 'event') return [];
  const { row } = outcome;
  const columns = Object.fromEntries(judgedColumns.map((name) => [name, row[name]]));
  const hits = judge.judge({
    ...{ tenant: 'test', source, class_uid: row.class_uid },
    columns: columns as Record<JudgedColumn, string>,
    fields: () => nativeFields(catalogue, { source, form: row.form, raw }),
  });
  return hits.map(({ rule }) => fileOf.get(rule.id) ?? rule.id);
}

/** Rule → label → how many records it hit. */
type Found = Record<string, Record<string, number>>;

function foundIn(recording: string, labelOf: (labels: Labelled['labels']) => string): Found {
  const found: Found = {};
  for (const { labels, record } of recordsOf(recording)) {
    for (const rule of hitsOn(record)) {
      const counts = found[rule] ?? {};
      const name = labelOf(labels);
      counts[name] = (counts[name] ?? 0) + 1;
      found[rule] = counts;
    }
  }
  return found;
}

const sourceFile = (labels: Labelled['labels']) => basename(labels.get('_src') ?? '');
/** The test that a record was written for, where it has to raise an alert. */
const expected = (labels: Labelled['labels']) =>
  labels.get('_expect') === 'true' ? (labels.get('_rule') ?? '') : 'other';
const sum = (counts: Readonly<Record<string, number>> = {}) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

describe.skipIf(!haveRecordings)('the own rules over recorded attacks', () => {
  it('hit what was done in AWS, each by the technique that it is for and by no other', () => {
    const found = foundIn('aws/stratus-cloudtrail', (labels) => labels.get('_attack') ?? '');
    expect(found).toEqual({
      'trail-stopped-or-blinded': {
        'aws.defense-evasion.cloudtrail-delete': 1,
        'aws.defense-evasion.cloudtrail-event-selectors': 1,
        'aws.defense-evasion.cloudtrail-stop': 1,
      },
      'network-records-switched-off': {
        'aws.defense-evasion.dns-delete-logs': 1,
        'aws.defense-evasion.vpc-remove-flow-logs': 1,
      },
      'security-group-open-to-all': { 'aws.exfiltration.ec2-security-group-open-port-22-ingress': 1 },
      'snapshot-or-image-shared': {
        'aws.exfiltration.ec2-share-ami': 1,
        'aws.exfiltration.ec2-share-ebs-snapshot': 1,
        'aws.exfiltration.rds-share-snapshot': 1,
      },
      'access-key-for-another-user': {
        'aws.persistence.iam-backdoor-user': 1,
        'aws.persistence.iam-create-admin-user': 1,
      },
      'administrator-policy-attached': {
        'aws.persistence.iam-create-admin-user': 1,
        'aws.persistence.iam-create-backdoor-role': 1,
      },
      'console-password-for-another-user': {
        'aws.persistence.iam-create-user-login-profile': 1,
        'aws.privilege-escalation.iam-update-user-login-profile': 1,
      },
      'role-trusts-another-account': {
        'aws.persistence.iam-backdoor-role': 1,
        'aws.persistence.iam-create-backdoor-role': 1,
      },
      'certificate-authority-trusted': { 'aws.persistence.rolesanywhere-create-trust-anchor': 1 },
      'federation-token-that-may-everything': { 'aws.persistence.sts-federation-token': 1 },
      'function-open-to-everyone': { 'aws.persistence.lambda-backdoor-function': 1 },
      'console-login-without-second-factor': { 'aws.initial-access.console-login-without-mfa': 1 },
      'secrets-fetched-in-bulk': { 'aws.credential-access.secretsmanager-batch-retrieve-secrets': 5 },
      'startup-script-of-machine-changed': { 'aws.execution.ec2-user-data': 1 },
      'serial-console-used': { 'aws.lateral-movement.ec2-serial-console-send-ssh-public-key': 4 },
      'organization-left': { 'aws.defense-evasion.organizations-leave': 1 },
      'costly-machines-started': { 'aws.execution.ec2-launch-unusual-instances': 1 },
      'model-access-bought': { 'aws.impact.bedrock-invoke-model': 3 },
    });
  });

  it('hit the logs of Windows that were recorded for what they are about', () => {
    const found = foundIn('windows/evtx-attack-samples', sourceFile);
    expect(sum(found['security-log-cleared'])).toBe(16);
    expect(found['lsass-memory-opened']).toMatchObject({
      'sysmon_10_11_outlfank_dumpert_and_andrewspecial_memdump.evtx': 8,
      'sysmon_2x10_lsass_with_different_pid_RtlCreateProcessReflection.evtx': 3,
      'babyshark_mimikatz_powershell.evtx': 2,
      'sysmon_10_11_lsass_memdump.evtx': 2,
      'sysmon_3_10_Invoke-Mimikatz_hosted_Github.evtx': 1,
    });
    expect(found['lsass-dump-by-command']).toEqual({ 'sysmon_10_1_memdump_comsvcs_minidump.evtx': 1 });
    expect(found['credential-hive-saved']).toEqual({ 'PanacheSysmon_vs_AtomicRedTeam01.evtx': 7 });
    expect(found['shadow-copies-deleted']).toEqual({ 'PanacheSysmon_vs_AtomicRedTeam01.evtx': 8 });
    expect(found['program-written-to-admin-share']).toEqual({
      'LM_REMCOM_5145_TargetHost.evtx': 6,
      'LM_5145_Remote_FileCopy.evtx': 4,
    });
    expect(found['remote-execution-pipe']).toEqual({ 'sysmon_privesc_psexec_dwell.evtx': 3 });
    expect(found['remote-desktop-through-tunnel']).toEqual({ 'DE_RDP_Tunneling_4624.evtx': 1 });
    expect(found['service-with-odd-program']).toEqual({
      'LM_Remote_Service02_7045.evtx': 2,
      'System_7045_namedpipe_privesc.evtx': 1,
    });
    expect(found['member-added-to-administrators']).toEqual({
      'Network_Service_Guest_added_to_admins_4732.evtx': 2,
    });
    expect(found['wmi-consumer-created']).toMatchObject({
      'sysmon_20_21_1_CommandLineEventConsumer.evtx': 1,
    });
  });

  it('hit changes of identity that are labelled to raise an alert', () => {
    const found = foundIn('identity/panther-labelled-identity', expected);
    expect(found).toMatchObject({
      'okta-administrator-granted': { 'Okta.AdminRoleAssigned': 2 },
      'okta-factors-reset-by-another': { 'Okta.User.MFA.Reset.All': 1 },
      'okta-support-let-in': { 'Okta.Support.Access': 1 },
      'okta-factor-switched-off-for-all': { 'Okta.Global.MFA.Disabled': 1 },
      'entra-application-credential-added': { 'Azure.Audit.ServicePrincipalCredentialsAdded': 1 },
      'entra-conditional-access-weakened': { 'Azure.Audit.MFADisabled': 1, 'Azure.Audit.PolicyChanged': 1 },
      'entra-powerful-role-granted': { 'Azure.Audit.RoleChangedPIM': 1 },
      'm365-mail-forwarded': { 'Microsoft365.Exchange.External.Forwarding': 6 },
      'github-branch-protection-removed': { 'GitHub.Branch.ProtectionDisabled': 1 },
      'github-scanning-switched-off': { 'GitHub.Advanced.Security.Change': 8 },
      'workspace-mail-forwarded-outside': { 'GSuite.ExternalMailForwarding': 2 },
      'directory-access-elevated': { 'Azure.Audit.ElevateUserAccessAdministrator': 1 },
      'domain-federation-changed': { 'Azure.Audit.DomainSettingsModified': 1 },
      'risky-sign-in-let-through': { 'Azure.Audit.HighRiskSignIn': 1 },
      'sign-in-by-device-code': { 'Azure.Audit.DeviceCodeBrokerClient': 1 },
      'command-run-on-machine': { 'Azure.MonitorActivity.Compute.VMCommandExecuted': 3 },
      'disk-download-link-made': { 'Azure.MonitorActivity.Compute.DiskSASURIGenerated': 4 },
      'diagnostic-settings-deleted': { 'Azure.MonitorActivity.DiagnosticSettings.Deleted': 2 },
      'okta-identity-provider-added': { 'Okta.Identity.Provider.Created.Modified': 1 },
      'okta-sign-in-reported-by-user': { 'Okta.User.Reported.Suspicious.Activity': 1 },
      'auth0-refresh-token-used-twice': { 'Auth0.RefreshToken.Reuse': 1 },
      'duo-request-reported-as-fraud': { 'DUO.User.Action.Fraudulent': 1 },
      'duo-second-factor-avoided': {
        'Duo.Admin.Bypass.Code.Created': 1,
        'Duo.Admin.User.MFA.Bypass.Enabled': 1,
      },
      'onelogin-user-assumed': { 'OneLogin.UserAssumption': 1 },
      'slack-application-with-administrators-rights': { 'Slack.AuditLogs.AppAdded': 3 },
      'slack-session-looks-stolen': { 'Slack.AuditLogs.PassthroughAnomaly': 1 },
      'workspace-all-data-exported': { 'GSuite.Workspace.DataExportCreated': 2 },
      'workspace-user-allowed-wide-access': { 'Google.Workspace.OAuth.Privileged.Scopes': 2 },
    });
    // No single event tells whether an address or a change is one's own: these are labelled as harmless.
    const harmless = Object.entries(found).flatMap(([rule, { other }]) => (other ? [[rule, other]] : []));
    expect(Object.fromEntries(harmless)).toEqual({
      'm365-mail-forwarded': 3,
      'okta-factors-reset-by-another': 2,
      'entra-conditional-access-weakened': 1,
      'entra-powerful-role-granted': 1,
      'github-branch-protection-removed': 1,
      // What is harmless to the rule that these were written for, and not to this one.
      'duo-second-factor-avoided': 2,
      'workspace-all-data-exported': 1,
    });
  });

  it('hit the credential and the right that were given to an application in the Golden SAML recording', () => {
    const found = foundIn('identity/mordor-golden-saml', sourceFile);
    expect(Object.fromEntries(Object.entries(found).map(([rule, counts]) => [rule, sum(counts)]))).toEqual({
      'entra-application-credential-added': 2,
      'application-allowed-for-everyone': 1,
    });
  });

  it('hit what was done in Kubernetes and Google Cloud', () => {
    const found = foundIn('linux/panther-labelled-linux', expected);
    expect(found).toMatchObject({
      'shell-in-pod': { 'Kubernetes.Pod.Exec': 2, 'Kubernetes.Pod.StealServiceAccountToken': 7 },
      'pod-that-reaches-the-node': {
        'Kubernetes.Pod.Host.PID': 2,
        'Kubernetes.Pod.Privileged.Created': 2,
        'Kubernetes.Pod.HostPath.Volume': 1,
      },
      'cluster-administrator-bound': { 'Kubernetes.ClusterRoleBinding.Privileged': 1 },
      'anonymous-request-answered': { 'Kubernetes.API.AnonymousAccess': 2 },
      'secrets-of-the-cluster-listed': { 'Kubernetes.Secrets.DumpAllNamespaces': 3 },
      'client-certificate-asked-for': { 'Kubernetes.ClientCertificate.Created': 3 },
      'token-of-system-account-made': { 'Kubernetes.ServiceAccount.TokenCreated': 1 },
    });
    // The same recording holds audit logs of Google Cloud.
    expect(found).toMatchObject({
      'opened-to-everyone': { 'GCP.GCS.Public': 1 },
      'identity-pool-changed': { 'GCP.Workload.Identity.Pool.Created.or.Updated': 2 },
      'logs-stopped-or-narrowed': { 'GCP.Log.Bucket.Or.Sink.Deleted': 2, 'GCP.Logging.Sink.Modified': 1 },
      'serial-port-connected': { 'GCP.Compute.SSHConnection': 1 },
    });
  });

  it('say nothing of fifty thousand DNS queries and see services made over RPC', () => {
    expect(foundIn('network/zeek/dns', () => 'dns')).toEqual({});
    expect(foundIn('network/zeek/dce_rpc', () => 'dce_rpc')).toEqual({
      'service-or-task-made-remotely': { dce_rpc: 12 },
    });
  });
});
