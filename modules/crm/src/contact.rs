// SPDX-License-Identifier: Apache-2.0
//! A contact as a client describes it, and its rules.

use ingot_guest::{field, json, Error, Value};

pub const KINDS: &[&str] = &["person", "company"];

/// One trillion in cents; far below the point where a sum of many leaves 64 bits.
const CREDIT_LIMIT_CENTS_MAX: i64 = 100_000_000_000_000;
const TAG_COUNT_MAX: usize = 32;
const TAG_LENGTH_MAX: usize = 64;

/// The columns a client sees, for SELECT and RETURNING.
#[macro_export]
macro_rules! contact_columns {
    () => {
        "id, name, email, phone, company_name, kind, credit_limit_cents, tags, version, created_at, updated_at"
    };
}

/// What a client may name; a change names `version` too.
pub const FIELDS: &[&str] = &["name", "email", "phone", "company_name", "kind", "credit_limit_cents", "tags"];

pub struct Contact {
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
    pub company_name: Option<String>,
    pub kind: String,
    pub credit_limit_cents: i64,
    pub tags: Vec<String>,
}

impl Contact {
    pub fn read(body: &field::Object) -> Result<Contact, Error> {
        Ok(Contact {
            name: field::text(body, "name", 200)?,
            email: email(field::text(body, "email", 254)?)?,
            phone: field::optional_text(body, "phone", 32)?.map(phone).transpose()?,
            company_name: field::optional_text(body, "company_name", 200)?,
            kind: field::choice(body, "kind", "person", KINDS)?,
            credit_limit_cents: field::integer(body, "credit_limit_cents", Some(0), 0, CREDIT_LIMIT_CENTS_MAX)?,
            tags: tags(body.get("tags"))?,
        })
    }

    /// `$1`... in the order of the columns above, from `name` to `tags`.
    pub fn params(&self) -> Vec<Value> {
        vec![
            json!(self.name),
            json!(self.email),
            json!(self.phone),
            json!(self.company_name),
            json!(self.kind),
            json!(self.credit_limit_cents),
            json!(self.tags),
        ]
    }
}

/// Good enough to catch what is no address: one @, a name before it, a dotted host of letters, digits and hyphens
/// behind it. Whether mail arrives, only mail can tell. Kept in lower case, so that `unique` means one person.
fn email(address: String) -> Result<String, Error> {
    let refuse = || field::invalid("email", "is not a mail address");
    let (name, host) = address.split_once('@').ok_or_else(refuse)?;
    let name_ok = !name.is_empty()
        && name.len() <= 64
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&byte));
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !name_ok || !host.contains('.') || !host.split('.').all(label_ok) {
        return Err(refuse());
    }
    Ok(address.to_ascii_lowercase())
}

fn phone(number: String) -> Result<String, Error> {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if digits < 3 || !number.bytes().all(|byte| byte.is_ascii_digit() || b" +-()./".contains(&byte)) {
        return Err(field::invalid("phone", "must be digits, blanks and + - ( ) . /"));
    }
    Ok(number)
}

/// An array of short texts; blank ones and repetitions are dropped.
fn tags(value: Option<&Value>) -> Result<Vec<String>, Error> {
    let given = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(given)) if given.len() <= TAG_COUNT_MAX => given,
        Some(_) => return Err(field::invalid("tags", "must be an array of at most 32 texts")),
    };
    let mut tags: Vec<String> = Vec::new();
    for tag in given {
        let tag = tag.as_str().ok_or_else(|| field::invalid("tags", "must hold texts only"))?;
        let trimmed = tag.trim_matches(field::is_blank);
        if tag.chars().count() > TAG_LENGTH_MAX || trimmed.chars().any(char::is_control) {
            return Err(field::invalid("tags", "hold at most 64 characters each, and no control characters"));
        }
        let tag = trimmed;
        if !tag.is_empty() && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_string());
        }
    }
    Ok(tags)
}
