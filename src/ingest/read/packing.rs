//! What a file is packed in, by its name and by its first bytes. The two must agree.

/// Bytes that tell one kind of file from another.
pub const HEAD: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Plain,
    Gzip,
    Zstd,
    Bzip2,
    Zip,
}

impl Packing {
    const PACKED: [Self; 4] = [Self::Gzip, Self::Zstd, Self::Bzip2, Self::Zip];

    pub fn by_name(path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        Self::PACKED.into_iter().find(|packing| path.ends_with(packing.extension())).unwrap_or(Self::Plain)
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
            Self::Bzip2 => ".bz2",
            Self::Zip => ".zip",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Zip => "zip",
        }
    }

    /// Whether first bytes are those of this packing, as far as they go: a file may be cut within them.
    pub fn begins(self, head: &[u8]) -> bool {
        let magic: &[u8] = match self {
            Self::Plain => b"",
            Self::Gzip => &[0x1F, 0x8B, 0x08],
            Self::Zstd => &[0x28, 0xB5, 0x2F, 0xFD],
            Self::Bzip2 => b"BZh",
            Self::Zip => b"PK",
        };
        // A zstd file may begin with a frame that is to be skipped.
        let skippable = self == Self::Zstd && matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..]);
        skippable || head.iter().zip(magic).all(|(byte, wanted)| byte == wanted)
    }
}

/// A kind of file that is never text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Packed(Packing),
    /// `.xlsx`, `.xlsb`, `.ods`: a zip archive of XML.
    Workbook,
    /// `.xls`, and workbooks under a password.
    OldWorkbook,
    Parquet,
    Pdf,
}

impl Content {
    /// By first bytes that no text begins with; `None` is what may be text.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1F, 0x8B, 0x08, ..] => Some(Self::Packed(Packing::Gzip)),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Packed(Packing::Zstd)),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => {
                Some(Self::Packed(Packing::Bzip2))
            }
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => {
                let first: &[u8] = head.get(30..).unwrap_or_default();
                let parts: [&[u8]; 5] = [b"[Content_Types].xml", b"_rels/", b"xl/", b"docProps/", b"mimetype"];
                let workbook = parts.iter().any(|part| first.starts_with(part));
                Some(if workbook { Self::Workbook } else { Self::Packed(Packing::Zip) })
            }
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Some(Self::OldWorkbook),
            [b'P', b'A', b'R', b'1', 0x15 | 0x1D | 0x2D, ..] => Some(Self::Parquet),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            _ => None,
        }
    }

    pub fn describe(self) -> &'static str {
        match self {
            Self::Packed(Packing::Gzip) => "gzip data",
            Self::Packed(Packing::Zstd) => "zstd data",
            Self::Packed(Packing::Bzip2) => "bzip2 data",
            Self::Packed(_) => "a zip archive",
            Self::Workbook => "an Excel or OpenDocument workbook",
            Self::OldWorkbook => "an Excel workbook of the old kind, or one under a password",
            Self::Parquet => "a Parquet file",
            Self::Pdf => "a PDF document",
        }
    }
}
