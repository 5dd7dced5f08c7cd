//! `license.html`: what anyone who can open the folder may read.
//!
//! Invariants: everything is escaped; there is no script, no link and nothing to load; it says nothing that helps to take
//! a lease away (no tokens, no keys); it is written whole and never read. It refreshes itself in a browser.
//! Deliberately not here: when it is written.

use tenure_document::Time;
use tenure_leasing::{FeatureSummary, LeaseFilter, LeaseOrder, LeaseRow, Leasing, Now, Page};

/// The file.
pub(crate) const OVERVIEW_FILE: &str = "license.html";
/// The most holders on the page.
const HOLDERS_MAX: usize = 1_000;

/// The page for the state as it stands.
pub(crate) fn page(leasing: &Leasing, now: Now) -> String {
    let name = leasing.container().name().to_owned();
    let serial = leasing.container().id().serial();
    let features = leasing.feature_summaries(now);
    let shown = Page { skip: 0, take: HOLDERS_MAX };
    let holders = leasing.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, shown);
    let total = leasing.lease_count();
    html((&name, &serial), &features, (&holders.rows, total), now.at)
}

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="10">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Licenses</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8886; padding: .25rem .5rem; text-align: left }
td.number, th.number { text-align: right }
</style>
</head>
<body>
"#;

fn html(
    (name, serial): (&str, &str),
    features: &[FeatureSummary],
    (holders, total): (&[LeaseRow], usize),
    at: Time,
) -> String {
    let mut out = HEAD.to_owned();
    out.push_str(&format!("<h1>{}</h1>\n", escaped(name)));
    out.push_str(&format!(
        "<p>License server {}, as of <time>{at}</time>. For reading only; the page renews itself.</p>\n",
        escaped(serial)
    ));
    out.push_str("<h2>Licenses</h2>\n");
    if features.is_empty() {
        out.push_str("<p>There is no license yet.</p>\n");
    } else {
        out.push_str(
            "<table>\n<tr><th>Feature<th>Version<th class=number>Seats<th class=number>Used\
             <th class=number>Free<th>Ends</tr>\n",
        );
        features.iter().for_each(|feature| out.push_str(&feature_row(feature)));
        out.push_str("</table>\n");
    }
    out.push_str("<h2>Holders</h2>\n");
    if holders.is_empty() {
        out.push_str("<p>Nobody holds a seat.</p>\n");
    } else {
        out.push_str(
            "<table>\n<tr><th>Feature<th>Version<th>User<th>Computer<th class=number>Seats\
             <th>Since<th>Until</tr>\n",
        );
        holders.iter().for_each(|holder| out.push_str(&holder_row(holder)));
        out.push_str("</table>\n");
    }
    if total > holders.len() {
        out.push_str(&format!("<p>And {} more.</p>\n", total - holders.len()));
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn feature_row(feature: &FeatureSummary) -> String {
    let all = &feature.all;
    let number = |count: Option<u64>| {
        count.map_or_else(|| "unlimited".to_owned(), |count| count.to_string())
    };
    format!(
        "<tr><td>{}<td>{}<td class=number>{}<td class=number>{}<td class=number>{}<td>{}</tr>\n",
        escaped(&all.name),
        all.version,
        number(all.total),
        all.used,
        number(all.available),
        all.last_expiry.map_or_else(|| "never".to_owned(), |end| end.to_string()),
    )
}

fn holder_row(lease: &LeaseRow) -> String {
    let holder = &lease.holder;
    let computer = holder.name.as_deref().unwrap_or(&holder.host.value);
    format!(
        "<tr><td>{}<td>{}<td>{}<td>{}<td class=number>{}<td>{}<td>{}</tr>\n",
        escaped(&lease.feature),
        lease.version,
        escaped(holder.user.as_deref().unwrap_or("—")),
        escaped(computer),
        lease.count,
        lease.granted,
        lease.expires,
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
