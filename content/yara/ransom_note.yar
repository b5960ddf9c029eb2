rule Ransom_Note : impact
{
    meta:
        description = "A short text that says files are encrypted and how to pay"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1486/"
        severity = "high"

    strings:
        $encrypted = /\b(files|data|documents|network|systems?)\b[^\r\n]{0,60}\b(have|has|are|were|was)\s(been\s)?(all\s)?(encrypted|locked)\b/ nocase ascii wide
        $pay_1 = "bitcoin" nocase ascii wide
        $pay_2 = "monero" nocase ascii wide
        $pay_3 = "ransom" nocase ascii wide
        $reach_1 = /[a-z2-7]{56}\.onion\b/ nocase ascii wide
        $reach_2 = "tor browser" nocase ascii wide
        $undo = /\b(decrypt|recover|restore)\s[^\r\n]{0,40}\b(files|data|key|tool|software)\b/ nocase ascii wide

    condition:
        filesize < 128KB and $encrypted and $undo and (any of ($pay_*) or any of ($reach_*))
}
