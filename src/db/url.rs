//! Where a PostgreSQL is: `DATABASE_URL`, never printed with its password.

use std::fmt;

/// What says where a PostgreSQL is and who connects: `postgresql://user:password@host/database`, or libpq's other form
/// (`host=… dbname=…`).
///
/// Printing it, with `{}` or `{:?}`, hides its passwords; [`expose`](Self::expose) gives the text itself.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Url,
    Keywords,
}

/// What is wrong with a `DATABASE_URL`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is neither of the two forms.
    #[error(
        "is not the address of a PostgreSQL: write postgresql://user:password@host/database, or host=… dbname=…"
    )]
    Form,
    /// It asks for TLS, and this program was built without.
    #[error(
        "asks for TLS (sslmode={0}), which this build leaves out: build with `cargo build --features tls`, or use \
         sslmode=disable on a network that you trust"
    )]
    Tls(String),
    /// Its `sslmode` is none that PostgreSQL knows.
    #[error("has sslmode={0}; it can be disable, allow, prefer, require, verify-ca or verify-full")]
    SslMode(String),
}

/// Parameters whose values are nobody's to read.
const SECRET: [&str; 2] = ["password", "sslpassword"];

impl DatabaseUrl {
    /// Reads and checks an address; nothing is connected to.
    ///
    /// # Errors
    ///
    /// When it has neither form, or asks for TLS in a build without it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let form = if text.starts_with("postgresql://") || text.starts_with("postgres://") {
            Form::Url
        } else if !text.contains("://") && keywords(text).is_some_and(|pairs| !pairs.is_empty()) {
            Form::Keywords
        } else {
            return Err(UrlError::Form);
        };
        let url = Self {
            text: text.to_owned(),
            form,
        };
        match url.parameter("sslmode").as_deref() {
            None | Some("disable" | "allow" | "prefer") => Ok(url),
            Some("require" | "verify-ca" | "verify-full") if cfg!(feature = "tls") => Ok(url),
            Some(mode @ ("require" | "verify-ca" | "verify-full")) => {
                Err(UrlError::Tls(mode.to_owned()))
            }
            Some(mode) => Err(UrlError::SslMode(mode.to_owned())),
        }
    }

    /// The text itself, passwords and all: for connecting, never for printing.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The same server and role with another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let text = match self.form {
            // Of a keyword that is there twice, libpq takes the last.
            Form::Keywords => format!("{} dbname={name}", self.text),
            Form::Url => {
                let (authority, query) = self.split();
                let base = authority
                    .find("://")
                    .and_then(|scheme| authority[scheme + 3..].find('/').map(|at| scheme + 3 + at))
                    .map_or(authority, |slash| &authority[..slash]);
                let query: Vec<&str> = query
                    .split('&')
                    .filter(|pair| !pair.is_empty() && !pair.starts_with("dbname="))
                    .collect();
                let mark = if query.is_empty() { "" } else { "?" };
                format!("{base}/{name}{mark}{}", query.join("&"))
            }
        };
        Self {
            text,
            form: self.form,
        }
    }

    /// The same address with a parameter added, unless it has one of that name. `value` must need no escaping.
    #[must_use]
    pub(super) fn with_default(&self, name: &str, value: &str) -> Self {
        if self.parameter(name).is_some() {
            return self.clone();
        }
        let text = match self.form {
            Form::Keywords => format!("{} {name}={value}", self.text),
            Form::Url => {
                let mark = if self.text.contains('?') { '&' } else { '?' };
                format!("{}{mark}{name}={value}", self.text)
            }
        };
        Self {
            text,
            form: self.form,
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        match self.form {
            Form::Keywords => keywords(&self.text)?
                .into_iter()
                .rev()
                .find(|pair| pair.name == name)
                .map(|pair| pair.value),
            Form::Url => self
                .split()
                .1
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .rev()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned()),
        }
    }

    /// A URL's part before its question mark, and the part after.
    fn split(&self) -> (&str, &str) {
        self.text.split_once('?').unwrap_or((&self.text, ""))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Keywords => {
                let mut at = 0;
                for pair in keywords(&self.text).unwrap_or_default() {
                    if SECRET.contains(&pair.name.as_str()) {
                        f.write_str(&self.text[at..pair.start])?;
                        f.write_str("***")?;
                        at = pair.end;
                    }
                }
                f.write_str(&self.text[at..])
            }
            Form::Url => {
                let (base, query) = self.split();
                f.write_str(&masked_authority(base))?;
                let mut mark = '?';
                for pair in query.split('&').filter(|pair| !pair.is_empty()) {
                    let name = pair.split('=').next().unwrap_or_default();
                    let shown = if SECRET.contains(&name) {
                        format!("{name}=***")
                    } else {
                        pair.to_owned()
                    };
                    write!(f, "{mark}{shown}")?;
                    mark = '&';
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// `scheme://user:password@host/database` with the password hidden.
///
/// A password with an unescaped slash or at sign makes the parts ambiguous, so everything up to the last at sign counts.
fn masked_authority(base: &str) -> String {
    let Some(start) = base.find("://").map(|at| at + 3) else {
        return base.to_owned();
    };
    let Some(end) = base.rfind('@').filter(|end| *end >= start) else {
        return base.to_owned();
    };
    match base[start..end].find(':') {
        Some(colon) => format!("{}***{}", &base[..=start + colon], &base[end..]),
        None => base.to_owned(),
    }
}

struct Keyword {
    name: String,
    value: String,
    /// Where the value stands in the text, quotes included.
    start: usize,
    end: usize,
}

/// Takes `name = value` pairs apart as libpq does: values may be quoted, a backslash takes the next letter as it is.
fn keywords(text: &str) -> Option<Vec<Keyword>> {
    let mut pairs = Vec::new();
    let mut rest = text.char_indices().peekable();
    loop {
        while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Some(pairs);
        }
        let mut name = String::new();
        while let Some((_, c)) = rest.next_if(|(_, c)| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        rest.next_if(|(_, c)| *c == '=')?;
        while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let start = rest.peek().map_or(text.len(), |(at, _)| *at);
        let quoted = rest.next_if(|(_, c)| *c == '\'').is_some();
        let mut value = String::new();
        let mut closed = !quoted;
        while let Some((_, c)) = rest.next_if(|(_, c)| quoted || !c.is_whitespace()) {
            match c {
                '\\' => value.push(rest.next()?.1),
                '\'' if quoted => {
                    closed = true;
                    break;
                }
                other => value.push(other),
            }
        }
        if !closed {
            return None;
        }
        let end = rest.peek().map_or(text.len(), |(at, _)| *at);
        pairs.push(Keyword {
            name,
            value,
            start,
            end,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        DatabaseUrl::parse(text).expect(text).to_string()
    }

    #[test]
    fn passwords_are_hidden_in_every_form() {
        assert_eq!(
            shown("postgres://ann:s3cret@db:5432/registry?sslmode=prefer"),
            "postgres://ann:***@db:5432/registry?sslmode=prefer"
        );
        assert_eq!(
            shown("postgresql://ann:a@b/c@db/registry"),
            "postgresql://ann:***@db/registry"
        );
        assert_eq!(
            shown("postgresql:///registry?host=/run&password=s3cret&user=ann"),
            "postgresql:///registry?host=/run&password=***&user=ann"
        );
        assert_eq!(
            shown(r"host=db password='s3 \' cret' dbname=registry"),
            "host=db password=*** dbname=registry"
        );
        assert_eq!(
            shown("postgresql://db/registry"),
            "postgresql://db/registry"
        );
        assert_eq!(
            format!(
                "{:?}",
                DatabaseUrl::parse("postgres://a:b@c/d").expect("parses")
            ),
            "DatabaseUrl(postgres://a:***@c/d)"
        );
    }

    #[test]
    fn another_database_on_the_same_server() {
        let other = |text: &str| {
            DatabaseUrl::parse(text)
                .expect(text)
                .with_database("other")
                .expose()
                .to_owned()
        };
        assert_eq!(
            other("postgres://a:b@c:1/d?x=y"),
            "postgres://a:b@c:1/other?x=y"
        );
        assert_eq!(other("postgres://c"), "postgres://c/other");
        assert_eq!(
            other("postgresql:///d?host=/run&dbname=e"),
            "postgresql:///other?host=/run"
        );
        assert_eq!(other("host=c dbname=d"), "host=c dbname=d dbname=other");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "mysql://db/registry", "registry", "host='open"] {
            assert_eq!(DatabaseUrl::parse(text), Err(UrlError::Form), "{text}");
        }
        assert_eq!(
            DatabaseUrl::parse("postgres://db/registry?sslmode=on"),
            Err(UrlError::SslMode("on".to_owned()))
        );
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_without_the_feature_names_the_feature() {
        for text in [
            "postgres://db/registry?sslmode=require",
            "host=db sslmode = 'verify-full'",
        ] {
            let error = DatabaseUrl::parse(text).expect_err(text).to_string();
            assert!(error.contains("--features tls"), "{error}");
        }
    }
}
