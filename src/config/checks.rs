//! The checks of settings. What they say follows the name and the value.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::LogFormat;
use crate::db::DatabaseUrl;
use crate::{graphql, http};

pub(super) fn optional<T>(
    read: impl Fn(&str) -> Result<T, String>,
) -> impl Fn(Option<&str>) -> Result<Option<T>, String> {
    move |text| text.map(&read).transpose()
}

pub(super) fn required<T>(
    read: impl Fn(&str) -> Result<T, String>,
) -> impl Fn(Option<&str>) -> Result<T, String> {
    move |text| text.map_or_else(|| Err("must be set".to_owned()), &read)
}

pub(super) fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    DatabaseUrl::parse(text).map_err(|error| error.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "every check has this form")]
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    Ok(PathBuf::from(text))
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.replace("localhost", "127.0.0.1").parse().map_err(|_| {
        "is not an address and a port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080".to_owned()
    })
}

pub(super) fn positive(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| "is not a whole number above 0".to_owned())
}

pub(super) fn sockets(text: &str) -> Result<usize, String> {
    positive(text).and_then(|sockets| {
        if sockets <= 1_000_000 {
            Ok(sockets)
        } else {
            Err("is more than one server can keep open: at most 1000000".to_owned())
        }
    })
}

pub(super) fn cost(text: &str) -> Result<u64, String> {
    positive(text).map(|number| number as u64)
}

/// What an `Int` of the API can say.
pub(super) fn units(text: &str) -> Result<u32, String> {
    let number: Option<i32> = text.parse().ok();
    number
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| "is not a whole number from 0 to 2147483647".to_owned())
}

/// What the parser descends into, and validation, has been tried with as many fields as the default allows.
pub(super) fn depth(text: &str) -> Result<usize, String> {
    positive(text)
        .ok()
        .filter(|depth| *depth <= graphql::document::Limits::USUAL.max_depth)
        .ok_or_else(|| {
            format!(
                "is not a whole number from 1 to {}",
                graphql::document::Limits::USUAL.max_depth
            )
        })
}

pub(super) fn proxies(text: &str) -> Result<http::Proxies, String> {
    text.parse()
}

pub(super) fn bytes(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| "is not a number of bytes, such as 67108864, or 0".to_owned())
}

pub(super) fn count(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| "is not a whole number, or 0".to_owned())
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    text.parse()
        .map_err(|_| "is neither true nor false".to_owned())
}

pub(super) fn header_value(text: &str) -> Result<String, String> {
    let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if text.bytes().all(visible) {
        Ok(text.to_owned())
    } else {
        Err("has letters that no header may have".to_owned())
    }
}

pub(super) fn pool_size(text: &str) -> Result<usize, String> {
    positive(text).and_then(|size| {
        if size <= 1000 {
            Ok(size)
        } else {
            Err("is more connections than PostgreSQL can serve well: at most 1000".to_owned())
        }
    })
}

/// A number with a unit: `500ms`, `10s`, `2m`, `1h`; without a unit it is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "is not a time above 0, such as 500ms, 10s, 2m or 1h".to_owned();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let unit = match text[digits..].trim() {
        "ms" => Duration::from_millis(1),
        "" | "s" => Duration::from_secs(1),
        "m" | "min" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        _ => return Err(wrong()),
    };
    u32::try_from(number)
        .ok()
        .filter(|number| *number > 0)
        .and_then(|number| unit.checked_mul(number))
        .filter(|time| *time <= Duration::from_hours(24))
        .ok_or_else(wrong)
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("is none of auto, text and json".to_owned()),
    }
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| format!("is no filter: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("2m"), Ok(Duration::from_mins(2)));
        for wrong in ["", "0s", "-1s", "1d", "s", "99999999999999999999s", "1.5s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
