rule PowerShell_Download_Cradle : script
{
    meta:
        description = "PowerShell that runs what it downloads, without a file in between"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1059/001/"
        severity = "high"

    strings:
        $run_then_fetch = /\b(IEX|Invoke-Expression)\b[^\r\n]{0,120}(\.Download(String|Data)\s{0,4}\(|\b(Invoke-WebRequest|Invoke-RestMethod|iwr|irm)\b)/ nocase ascii wide
        $fetch_then_run = /(\.Download(String|Data)\s{0,4}\(|\b(Invoke-WebRequest|Invoke-RestMethod|iwr|irm)\b)[^\r\n]{0,200}\|\s{0,4}(IEX|Invoke-Expression)\b/ nocase ascii wide

    condition:
        filesize < 16MB and any of them
}

rule PowerShell_Encoded_Command : script
{
    meta:
        description = "A PowerShell command line with its command as Base64 of UTF-16, which starts as scripts do"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1027/010/"
        severity = "medium"

    strings:
        // $, IEX, iex, Invoke, Set-, function and the byte order mark, as they begin in Base64.
        $command = /powershell(\.exe)?["']?\s[^\r\n]{0,200}-e(c|nc|ncodedcommand)?\s{1,4}["']?(JAB|SQBFAFgA|aQBlAHgA|SQBuAHYAbwBrAGUA|aQBuAHYAbwBrAGUA|UwBlAHQALQ|ZgB1AG4AYwB0AGkAbwBuA|\/\/4)[A-Za-z0-9+\/]{16}/ nocase ascii wide

    condition:
        $command
}
