rule Unix_Reverse_Shell : shell
{
    meta:
        description = "A command line that gives a shell to whoever answers on the network"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1059/004/"
        severity = "high"

    strings:
        $bash = /\b(ba|z|k|da)?sh\s{1,4}-i\s{0,4}[0-9]?>&\s{0,4}\/dev\/(tcp|udp)\/[A-Za-z0-9_.$:{}-]{1,64}\/[0-9$]/
        $netcat = /\b(nc|ncat|netcat)(\.traditional|\.openbsd)?\s[^\r\n|;]{0,80}-[a-z]{0,6}(e|c)\s{1,4}\/bin\/(ba|da|z)?sh\b/
        $pipe = /mkfifo\s{1,4}[^\r\n]{1,60}\/bin\/(ba|da)?sh\s{1,4}-i\s[^\r\n]{1,60}\b(nc|ncat|netcat|openssl\s{1,4}s_client)\s/
        $python = /socket\.socket\([^\r\n]{0,200}os\.dup2\([^\r\n]{0,300}(pty\.spawn|subprocess\.(call|run|Popen))\s{0,4}\(/

    condition:
        filesize < 16MB and any of them
}
