//! Reads what was compressed.

use std::io::Read as _;

/// A body as it was before it was compressed.
pub fn plain(encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "" => return body.to_vec(),
        "gzip" => drop(
            flate2::read::GzDecoder::new(body)
                .read_to_end(&mut plain)
                .unwrap(),
        ),
        "br" => brotli::BrotliDecompress(&mut &*body, &mut plain).unwrap(),
        "zstd" => plain = zstd::decode_all(body).unwrap(),
        other => panic!("{other} was not asked for"),
    }
    plain
}
