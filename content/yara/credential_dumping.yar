rule Credential_Dumping_Commands : credential_access
{
    meta:
        description = "Several of the commands by which mimikatz and its kin read credentials"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1003/001/"
        severity = "high"

    strings:
        $a = "sekurlsa::" nocase ascii wide
        $b = "lsadump::" nocase ascii wide
        $c = "privilege::debug" nocase ascii wide
        $d = "kerberos::ptt" nocase ascii wide
        $e = "kerberos::golden" nocase ascii wide
        $f = "token::elevate" nocase ascii wide
        $g = "vault::cred" nocase ascii wide
        $h = "crypto::capi" nocase ascii wide
        $i = "dpapi::masterkey" nocase ascii wide

    condition:
        3 of them
}
