rule Shortcut_Starts_Script_Host : initial_access
{
    meta:
        description = "A Windows shortcut whose arguments start a script host with a hidden window or code from the network"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1204/002/"
        severity = "high"

    strings:
        // The header: its own size, then the class id of a shell link.
        $link = { 4C 00 00 00 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $host = /\b(powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32)\b/ nocase ascii wide
        $hidden = /-w(indowstyle)?\s{1,4}(hidden|h|1)\b/ nocase ascii wide
        $network = /\bhttps?:\/\// nocase ascii wide

    condition:
        $link at 0 and filesize < 4MB and $host and any of ($hidden, $network)
}
