rule PHP_Request_Eval : webshell
{
    meta:
        description = "PHP that executes what the request holds"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        severity = "critical"

    strings:
        $php = /<\?(php|=|\s)/ nocase
        $run = /\b(eval|assert|system|exec|shell_exec|passthru|popen|proc_open)\s{0,8}\(\s{0,8}@?((base64_decode|gzinflate|gzuncompress|str_rot13|stripslashes|urldecode|trim)\s{0,8}\(\s{0,8}@?){0,4}\$_(GET|POST|REQUEST|COOKIE|SERVER|FILES)\b/ nocase

    condition:
        filesize < 5MB and all of them
}

rule ASPX_Request_Eval : webshell
{
    meta:
        description = "An ASP.NET page that evaluates what the request holds, or starts it as a program"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        severity = "critical"

    strings:
        $page = /<%\s{0,8}@\s{0,8}Page\b/ nocase
        $eval = /\b(eval|Execute|ExecuteGlobal)\s{0,8}\(?\s{0,8}Request\b/ nocase
        $start = /\b(Process\.Start|StartInfo\.(FileName|Arguments)\s{0,8}=|new\s{1,8}ProcessStartInfo)[^\r\n]{0,120}Request\b/ nocase

    condition:
        filesize < 5MB and $page and any of ($eval, $start)
}

rule JSP_Request_Exec : webshell
{
    meta:
        description = "A JSP page that starts a parameter of the request as a program"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        severity = "critical"

    strings:
        $page = "<%"
        $exec = /getRuntime\s{0,4}\(\s{0,4}\)\s{0,4}\.\s{0,4}exec\s{0,4}\([^;\r\n]{0,80}request\s{0,4}\.\s{0,4}getParameter\s{0,4}\(/

    condition:
        filesize < 5MB and $page and $exec
}
