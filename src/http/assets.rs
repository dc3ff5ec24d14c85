//! GraphiQL's files: embedded in the binary, mostly compressed with brotli, and served as they are to whoever takes that.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::message::{Headers, Response};
use super::negotiate;
use super::pages;

/// The page may load and connect to what is of this site alone, so it works offline and tells nobody. The editor sets
/// styles from scripts, which is what `'unsafe-inline'` is for.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' \
     'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self' ws: wss:";

/// A folder's files by their names.
pub struct Assets(HashMap<String, Asset>);

struct Asset {
    bytes: Bytes,
    /// Whether `bytes` are compressed with brotli.
    compressed: bool,
    /// The plain bytes of a compressed file, once somebody wanted them.
    plain: OnceLock<Bytes>,
    /// Names the content.
    hash: String,
}

/// The build of `web/graphiql`. Where it hasn't been built, the server works without it.
#[derive(rust_embed::Embed)]
#[folder = "web/graphiql/dist/"]
#[allow_missing = true]
struct Embedded;

impl Assets {
    /// The files in this binary.
    pub fn embedded() -> Self {
        let files = Embedded::iter().filter_map(|name| {
            let file = Embedded::get(&name)?;
            let bytes = match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => bytes.into(),
            };
            Some((name.into_owned(), bytes, file.metadata.sha256_hash()))
        });
        Self(files.map(entry).collect())
    }

    /// Other files, by name; those whose names end in `.br` are compressed.
    pub fn new<N: Into<String>, B: Into<Bytes>>(files: impl IntoIterator<Item = (N, B)>) -> Self {
        let files = files.into_iter().map(|(name, bytes)| {
            let bytes: Bytes = bytes.into();
            let hash = Sha256::digest(&bytes).into();
            entry((name.into(), bytes, hash))
        });
        Self(files.collect())
    }

    /// Answers a request for a file; the one without a name is `index.html`.
    pub(super) fn serve(&self, name: &str, request: &Headers) -> Response {
        let name = if name.is_empty() { "index.html" } else { name };
        let Some(asset) = self.0.get(name) else {
            return pages::not_found();
        };
        let takes_brotli = negotiate::takes_brotli(request.accept_encoding.as_deref());
        let compressed = asset.compressed && takes_brotli;
        let body = match (asset.compressed, compressed) {
            (true, false) => asset.plain.get_or_init(|| decompress(&asset.bytes)),
            _ => &asset.bytes,
        };
        let mut response = Response::new(200, content_type(name), body.clone())
            .with("content-security-policy", CONTENT_SECURITY_POLICY)
            .with("referrer-policy", "no-referrer")
            .with("cache-control", cache_control(name));
        if asset.compressed {
            response = response.with("vary", "Accept-Encoding");
        }
        if compressed {
            response = response.with("content-encoding", "br");
        }
        let encoding = if compressed { "-br" } else { "" };
        response.cached(&format!("\"{}{encoding}\"", asset.hash), request)
    }
}

fn entry((name, bytes, hash): (String, Bytes, [u8; 32])) -> (String, Asset) {
    let stem = name.strip_suffix(".br");
    let asset = Asset {
        bytes,
        compressed: stem.is_some(),
        plain: OnceLock::new(),
        hash: BASE64_URL_SAFE_NO_PAD.encode(hash),
    };
    (stem.unwrap_or(&name).to_owned(), asset)
}

/// Takes some milliseconds for a large file, once.
fn decompress(bytes: &[u8]) -> Bytes {
    let mut plain = Vec::with_capacity(bytes.len() * 4);
    brotli::BrotliDecompress(&mut &*bytes, &mut plain).expect(
        "what is embedded was compressed by this project's build, and writing to memory can't fail",
    );
    plain.into()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml; charset=utf-8",
        "png" => "image/png",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// A file whose name has a hash of its content never changes; any other is asked about each time.
fn cache_control(name: &str) -> &'static str {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    // As esbuild writes it: `codicon-DCMGXMW7.ttf`.
    let hashed = stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 8
            && hash
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte))
    });
    if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_hashes_stay_in_caches() {
        assert!(cache_control("codicon-DCMGXMW7.ttf").contains("immutable"));
        assert!(cache_control("assets/index-AB234567.js").contains("immutable"));
        for changing in [
            "index.html",
            "editor-worker.js",
            "graphiql-explorer.js",
            "AB234567.js",
        ] {
            assert_eq!(cache_control(changing), "no-cache", "{changing}");
        }
    }
}
