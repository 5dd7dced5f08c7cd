//! What was bought, written for other systems: JSON, XML, CSV; and cells of CSV that no spreadsheet runs.
//!
//! Invariants: written piece by piece (a head, an entry for each entitlement, a foot), so that no copy of everything is
//! ever held; a line names the orders by which it was bought and no others; texts are escaped; a cell that begins like a
//! formula gets a quote in front. The XML follows the ideas of ISO/IEC 19770-3 (an `Ent` with its licensor, licensee,
//! product, metric, quantity and time), under our own namespace: it does not claim to be valid by the standard's schema.
//! Deliberately not here: people: contacts and notes of customers are not exported.

use super::entitlements::Entitlement;
use super::line::Line;
use super::state::Office;
use super::terms::Validity;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event as Xml};
use serde::Serialize;
use std::borrow::Cow;
use tenure_document::{ActivationId, Time};

/// With these a spreadsheet takes a cell for a formula.
pub const FORMULA_SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// How entitlements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// A list of objects.
    Json,
    /// After the ideas of ISO/IEC 19770-3.
    Xml,
    /// A line for each line of an entitlement.
    Csv,
}

/// A line of an entitlement as it is exported.
#[derive(Debug, Serialize)]
struct LineWritten<'a> {
    line: u32,
    product: &'a str,
    version: String,
    license_model: &'a str,
    quantity: u32,
    active: u32,
    free: u32,
    /// By which it was bought.
    orders: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<Time>,
}

/// An entitlement as it is exported.
#[derive(Debug, Serialize)]
struct Written<'a> {
    activation_id: ActivationId,
    customer: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    customer_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    customer_reference: &'a str,
    state: &'static str,
    made: Time,
    orders: Vec<&'a str>,
    lines: Vec<LineWritten<'a>>,
}

impl Office {
    /// Everything in one text; for lists that are known to be short.
    pub fn export_all(&self, format: ExportFormat, now: Time) -> String {
        let mut text = self.export_head(format, now);
        for (place, entitlement) in self.entitlements.all().enumerate() {
            text.push_str(&self.export_entry(format, entitlement, place == 0));
        }
        text.push_str(self.export_foot(format));
        text
    }

    /// What stands before the entries.
    pub fn export_head(&self, format: ExportFormat, now: Time) -> String {
        match format {
            ExportFormat::Json => "[".into(),
            ExportFormat::Csv => csv_line(&[
                "customer",
                "order",
                "activation_id",
                "product",
                "version",
                "license_model",
                "quantity",
                "starts",
                "ends",
                "state",
                "active",
                "free",
            ]),
            ExportFormat::Xml => xml(|writer| {
                writer.write_event(Xml::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
                let mut root = BytesStart::new("EntSet");
                root.push_attribute(("xmlns", "urn:tenure:entitlements:1"));
                root.push_attribute(("creator", self.publisher.name.as_str()));
                root.push_attribute(("created", now.to_string().as_str()));
                writer.write_event(Xml::Start(root))
            }),
        }
    }

    /// One entitlement; `first` when none was written before.
    pub fn export_entry(
        &self,
        format: ExportFormat,
        entitlement: &Entitlement,
        first: bool,
    ) -> String {
        let written = self.written(entitlement);
        match format {
            ExportFormat::Json => {
                let text = serde_json::to_string(&written).unwrap_or_default();
                format!("{}\n{text}", if first { "" } else { "," })
            }
            ExportFormat::Csv => written.lines.iter().map(|line| csv_of(&written, line)).collect(),
            ExportFormat::Xml => {
                let lines = entitlement.lines.iter().zip(&written.lines);
                lines.map(|(sold, line)| format!("\n{}", self.ent(&written, sold, line))).collect()
            }
        }
    }

    /// What stands after the entries.
    pub fn export_foot(&self, format: ExportFormat) -> &'static str {
        match format {
            ExportFormat::Json => "\n]\n",
            ExportFormat::Csv => "",
            ExportFormat::Xml => "\n</EntSet>\n",
        }
    }

    fn written<'a>(&'a self, entitlement: &'a Entitlement) -> Written<'a> {
        let customer = self.customers.get(entitlement.customer);
        let facts = customer.map(|customer| &customer.facts);
        Written {
            activation_id: entitlement.id,
            customer: entitlement.customer.to_string(),
            customer_name: facts.map_or("", |facts| &facts.name),
            customer_reference: facts.map_or("", |facts| &facts.reference),
            state: entitlement.state.code(),
            made: entitlement.made,
            orders: entitlement.orders.iter().map(|order| order.reference.as_str()).collect(),
            lines: entitlement
                .lines
                .iter()
                .zip(orders_by_line(entitlement))
                .map(|(line, orders)| line_written(line, orders))
                .collect(),
        }
    }

    fn ent(&self, written: &Written<'_>, sold: &Line, line: &LineWritten<'_>) -> String {
        let kind = match sold.sold.terms().validity {
            Validity::Perpetual => "perpetual",
            Validity::Subscription { .. } => "subscription",
            Validity::Trial { .. } => "trial",
            Validity::Until(_) => "term",
        };
        xml(|writer| {
            let mut ent = BytesStart::new("Ent");
            ent.push_attribute((
                "entId",
                format!("{}/{}", written.activation_id, line.line).as_str(),
            ));
            ent.push_attribute(("entType", kind));
            ent.push_attribute(("state", written.state));
            writer.write_event(Xml::Start(ent))?;
            element(writer, "Licensor", &[], &self.publisher.name)?;
            let reference = written.customer_reference;
            let about = [("id", written.customer.as_str()), ("reference", reference)];
            element(writer, "Licensee", &about, written.customer_name)?;
            for order in &line.orders {
                element(writer, "PurchaseOrder", &[], order)?;
            }
            element(writer, "Product", &[("version", &line.version)], line.product)?;
            for feature in &sold.sold.product.features {
                let version = feature.version.to_string();
                element(writer, "Feature", &[("version", &version)], &feature.feature)?;
            }
            element(writer, "LicenseModel", &[], line.license_model)?;
            let quantity = line.quantity.to_string();
            let used = [("active", line.active.to_string()), ("free", line.free.to_string())];
            let used = used.each_ref().map(|(name, value)| (*name, value.as_str()));
            element(writer, "Quantity", &used, &quantity)?;
            for (name, time) in [("StartDate", line.starts), ("EndDate", line.ends)] {
                if let Some(time) = time {
                    element(writer, name, &[], &time.to_string())?;
                }
            }
            writer.write_event(Xml::End(BytesEnd::new("Ent")))
        })
    }
}

/// By which orders each line was bought.
fn orders_by_line(entitlement: &Entitlement) -> Vec<Vec<&str>> {
    let mut lines = vec![Vec::new(); entitlement.lines.len()];
    for order in &entitlement.orders {
        for (no, _) in &order.units {
            let place = (*no as usize).wrapping_sub(1);
            lines.get_mut(place).into_iter().for_each(|of| of.push(order.reference.as_str()));
        }
    }
    lines
}

fn line_written<'a>(line: &'a Line, orders: Vec<&'a str>) -> LineWritten<'a> {
    LineWritten {
        line: line.no,
        product: &line.sold.product.name,
        version: line.sold.product.version.to_string(),
        license_model: &line.sold.model.name,
        quantity: line.quantity,
        active: line.taken,
        free: line.free(),
        orders,
        starts: line.starts,
        ends: line.ends,
    }
}

fn csv_of(written: &Written<'_>, line: &LineWritten<'_>) -> String {
    let time = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
    let customer = match written.customer_reference {
        "" => written.customer.as_str(),
        reference => reference,
    };
    csv_line(&[
        customer,
        &line.orders.join("; "),
        &written.activation_id.to_string(),
        line.product,
        &line.version,
        line.license_model,
        &line.quantity.to_string(),
        &time(line.starts),
        &time(line.ends),
        written.state,
        &line.active.to_string(),
        &line.free.to_string(),
    ])
}

/// A line of CSV with its line break; cells that a spreadsheet would run get a quote in front.
pub fn csv_line(cells: &[&str]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells = cells.iter().map(|cell| match cell.starts_with(FORMULA_SIGNS) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(*cell),
    });
    // Writing texts into memory can't fail.
    let _ = writer.write_record(cells.map(|cell| cell.into_owned()));
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Writes XML into memory, which can't fail; characters that XML does not know are left out.
fn xml(write: impl FnOnce(&mut Writer<Vec<u8>>) -> std::io::Result<()>) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let _ = write(&mut writer);
    let text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    text.chars().filter(|c| matches!(c, '\n' | '\t' | '\r') || !c.is_control()).collect()
}

fn element(
    writer: &mut Writer<Vec<u8>>,
    name: &str,
    attributes: &[(&str, &str)],
    text: &str,
) -> std::io::Result<()> {
    let mut start = BytesStart::new(name);
    for attribute in attributes.iter().filter(|(_, value)| !value.is_empty()) {
        start.push_attribute(*attribute);
    }
    writer.write_event(Xml::Start(start))?;
    writer.write_event(Xml::Text(BytesText::new(text)))?;
    writer.write_event(Xml::End(BytesEnd::new(name)))
}
