/** A Windows security principal. */
export interface Account {
  readonly name: string;
  /** NetBIOS domain, as Windows writes it. */
  readonly domain: string;
  readonly sid: string;
  /** Logons get special privileges (4672). */
  readonly privileged: boolean;
}

export const domainName = 'HARBOUR';
/** Active Directory's DNS name; `.example` is reserved (RFC 2606). */
export const domainDns = 'harbour.example';
export const realm = domainDns.toUpperCase();

const builtIn = (name: string, sid: string): Account => ({
  name,
  domain: 'NT AUTHORITY',
  sid,
  privileged: true,
});

export const localSystem = builtIn('SYSTEM', 'S-1-5-18');
export const localService = builtIn('LOCAL SERVICE', 'S-1-5-19');
export const networkService = builtIn('NETWORK SERVICE', 'S-1-5-20');

/** `DOMAIN\name`, as Sysmon writes a user. */
export function qualified(account: Account): string {
  return `${account.domain}\\${account.name}`;
}
