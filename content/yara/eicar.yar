rule EICAR_Test_File : test
{
    meta:
        description = "The harmless file by which antivirus products are tested"
        author = "The Tyrian authors"
        reference = "https://www.eicar.org/download-anti-malware-testfile/"
        severity = "informational"

    strings:
        // As bytes: a rule file that held the text would itself be taken for the test file.
        $test = { 58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34 28 50 5E 29 37 43 43 29 37 7D 24 45 49 43 41 52 }

    condition:
        $test at 0 and filesize < 1KB
}
