// SPDX-License-Identifier: Apache-2.0
//! A sales order as a client describes it, and the steps of its life.
//!
//!     draft --> reserved --> invoiced      inventory holds the goods, invoicing has made an invoice of it
//!       ^------------'^----------'         either takes its step back
//!     draft --> cancelled                  the client's own choice
//!
//! The order does not know what inventory and invoicing do: they depend on this module, so they take the steps.

use ingot_guest::{canonical_uuid, field, Error, Value};

pub const STATUSES: &[&str] = &["draft", "reserved", "invoiced", "cancelled"];

/// What another module may do; `cancel` is a route of its own.
const STEPS: &[(&str, &str)] =
    &[("draft", "reserved"), ("reserved", "draft"), ("reserved", "invoiced"), ("invoiced", "reserved")];

const LINE_COUNT_MAX: usize = 200;
const QUANTITY_MAX: i64 = 1_000_000;
/// One hundred million. 200 lines of a million such pieces still fit 64 bits.
const UNIT_PRICE_CENTS_MAX: i64 = 10_000_000_000;

pub struct Line {
    pub product_id: String,
    pub description: String,
    pub quantity: i64,
    pub unit_price_cents: i64,
}

pub struct Order {
    pub contact_id: String,
    pub lines: Vec<Line>,
}

impl Order {
    pub fn read(body: &field::Object) -> Result<Order, Error> {
        let lines = match body.get("lines") {
            Some(Value::Array(lines)) if (1..=LINE_COUNT_MAX).contains(&lines.len()) => lines,
            _ => return Err(field::invalid("lines", "must be an array of 1 to 200")),
        };
        Ok(Order {
            contact_id: uuid(body, "contact_id")?,
            lines: lines.iter().map(Line::read).collect::<Result<_, _>>()?,
        })
    }

    pub fn total_cents(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity * line.unit_price_cents).sum()
    }
}

impl Line {
    fn read(value: &Value) -> Result<Line, Error> {
        let line = value.as_object().ok_or_else(|| field::invalid("lines", "must hold objects"))?;
        field::only(line, &["product_id", "description", "quantity", "unit_price_cents"])?;
        Ok(Line {
            product_id: uuid(line, "product_id")?,
            description: field::text(line, "description", 300)?,
            quantity: field::integer(line, "quantity", None, 1, QUANTITY_MAX)?,
            unit_price_cents: field::integer(line, "unit_price_cents", None, 0, UNIT_PRICE_CENTS_MAX)?,
        })
    }
}

/// A step from one status to another; only those of the picture above exist.
pub struct Step {
    pub from: String,
    pub to: String,
}

impl Step {
    pub fn read(body: &field::Object) -> Result<Step, Error> {
        let step =
            Step { from: field::choice(body, "from", "", STATUSES)?, to: field::choice(body, "to", "", STATUSES)? };
        if !STEPS.contains(&(step.from.as_str(), step.to.as_str())) {
            return Err(field::invalid("to", &format!("no step leads from {} to {}", step.from, step.to)));
        }
        Ok(step)
    }
}

fn uuid(object: &field::Object, name: &str) -> Result<String, Error> {
    canonical_uuid(&field::text(object, name, 36)?).ok_or_else(|| field::invalid(name, "must be a UUID"))
}
