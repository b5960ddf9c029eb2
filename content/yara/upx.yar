rule UPX_Packed_PE : packer
{
    meta:
        description = "A Windows program that the packer UPX compressed; its code is seen at run time only"
        author = "The Tyrian authors"
        reference = "https://attack.mitre.org/techniques/T1027/002/"
        severity = "low"

    strings:
        // Names in the section table, each eight bytes filled up with zeros.
        $first = "UPX0\x00\x00\x00\x00"
        $second = "UPX1\x00\x00\x00\x00"
        $header = "UPX!"

    condition:
        uint16(0) == 0x5A4D
        and uint32(uint32(0x3C)) == 0x00004550
        and $first in (0..1024)
        and $second in (0..1024)
        and $header in (0..4096)
}
