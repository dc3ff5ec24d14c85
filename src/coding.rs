//! Content codings: what a body is compressed with on its way to a client.

use std::fmt;
use std::io::{self, Write};

use bytes::Bytes;

/// Below so many bytes compressing saves nothing: the body goes in one packet with its head either way.
pub const LEAST: usize = 1_024;

/// From so many bytes on, compressing takes so long that other requests of the thread would wait for it.
const LONG: usize = 128 << 10;

/// What the bytes of a body are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Coding {
    /// As they are.
    #[default]
    Identity,
    /// RFC 1952, which every client reads.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// All that compress, the one that is best to send first: zstd is the quickest, and brotli smaller than gzip.
    pub const COMPRESSED: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// The name in `Content-Encoding` and `Accept-Encoding`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The value of `Content-Encoding`; none for what is sent as it is.
    pub const fn content_encoding(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            other => Some(other.name()),
        }
    }

    /// The `ETag` of something in this coding, from the tag of the thing itself: other bytes have another tag.
    pub fn tag(self, tag: &str) -> String {
        match self {
            Self::Identity => tag.to_owned(),
            other => format!("{tag}-{other}"),
        }
    }

    // The levels are quick ones: a client on a good line gains nothing from smaller bodies that come later.
    fn encode(self, body: &Bytes) -> Bytes {
        let mut out = Vec::with_capacity(body.len() / 4 + 64);
        match self {
            Self::Identity => return body.clone(),
            Self::Gzip => encode_gzip(body, &mut out),
            Self::Brotli => encode_brotli(body, &mut out),
            Self::Zstd => zstd::stream::copy_encode(&**body, &mut out, 1),
        }
        .expect("compressing from memory to memory can't fail");
        out.shrink_to_fit();
        out.into()
    }

    /// The bytes in this coding; what takes long is done on another thread.
    pub async fn encode_aside(self, body: &Bytes) -> Bytes {
        if body.len() < LONG || self == Self::Identity {
            return self.encode(body);
        }
        let bytes = body.clone();
        let encoded = tokio::task::spawn_blocking(move || self.encode(&bytes)).await;
        // It can't fail but when everything ends.
        encoded.unwrap_or_else(|_| self.encode(body))
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The tag of a thing itself, from the tag of the thing in whichever coding; tags of nothing that is sent here pass through.
pub fn base_tag(tag: &str) -> &str {
    Coding::COMPRESSED
        .into_iter()
        .find_map(|coding| tag.strip_suffix(coding.name())?.strip_suffix('-'))
        .unwrap_or(tag)
}

fn encode_gzip(body: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::new(1));
    encoder.write_all(body)?;
    encoder.finish().map(drop)
}

fn encode_brotli(mut body: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 3,
        // No larger a window than the body needs.
        lgwin: 18,
        size_hint: body.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut body, out, &parameters).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_compressed_comes_back() {
        for size in [0, 1, 1_000, 300_000] {
            let body: Vec<u8> = (0..size).map(|at| b"{\"label\":12}"[at % 12]).collect();
            let body = Bytes::from(body);
            let mut back = Vec::new();
            flate2::read::GzDecoder::new(&*Coding::Gzip.encode(&body))
                .read_to_end(&mut back)
                .unwrap();
            assert_eq!(back, body);
            let mut back = Vec::new();
            brotli::BrotliDecompress(&mut &*Coding::Brotli.encode(&body), &mut back).unwrap();
            assert_eq!(back, body);
            assert_eq!(
                zstd::decode_all(&*Coding::Zstd.encode(&body)).unwrap(),
                body
            );
            assert_eq!(Coding::Identity.encode(&body), body);
        }
    }

    #[test]
    fn a_tag_says_the_coding_and_is_found_again() {
        for coding in Coding::COMPRESSED {
            let tag = coding.tag("x-Y_1");
            assert_ne!(tag, "x-Y_1");
            assert_eq!(base_tag(&tag), "x-Y_1");
        }
        assert_eq!(Coding::Identity.tag("x-Y_1"), "x-Y_1");
        assert_eq!(base_tag("x-Y_1"), "x-Y_1");
        assert_eq!(base_tag("gzip"), "gzip");
    }
}
