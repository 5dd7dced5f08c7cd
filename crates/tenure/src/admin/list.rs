//! The flags of every list: which page, which rows, in which order.
//!
//! Invariant: of a list that a filter left empty nothing is said but that: what holds for all rows is not known then.
//! Deliberately not here: columns; those stand with each command.

use clap::{Args, Subcommand};
use tenure_api::ListQuery;
use tenure_document::Time;

/// Which rows of a list.
#[derive(Debug, Clone, Args)]
pub struct ListFlags {
    /// Page, from 1.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// Rows on a page, 1 to 1000.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    size: Option<u32>,
    /// Member to sort by; `-` before it for descending, as in `--sort=-used`.
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
    /// Only rows that contain this text.
    #[arg(long, short = 'q')]
    query: Option<String>,
    /// Only rows of this feature.
    #[arg(long)]
    feature: Option<String>,
    /// Only rows at or after this instant (RFC 3339).
    #[arg(long)]
    from: Option<Time>,
    /// Only rows before this instant (RFC 3339).
    #[arg(long)]
    to: Option<Time>,
}

impl ListFlags {
    /// The same as the query of a call.
    pub fn list(&self) -> ListQuery {
        ListQuery {
            page: self.page,
            size: self.size,
            sort: self.sort.clone(),
            q: self.query.clone(),
            feature: self.feature.clone(),
            from: self.from,
            to: self.to,
        }
    }

    /// What is said of a list without rows; `empty`: if there are none at all.
    pub fn or_none_fit(&self, empty: &str) -> String {
        let instant = |time: Option<Time>| time.map(|time| time.to_string());
        none_fit(
            &[
                ("--query", self.query.clone()),
                ("--feature", self.feature.clone()),
                ("--from", instant(self.from)),
                ("--to", instant(self.to)),
            ],
            empty,
        )
    }
}

/// Names the filters that were given; without any, `empty`.
pub fn none_fit(filters: &[(&str, Option<String>)], empty: &str) -> String {
    let given = |(flag, value): &(&str, Option<String>)| {
        value.as_ref().map(|value| format!("{flag} {value:?}"))
    };
    let given: Vec<String> = filters.iter().filter_map(given).collect();
    match given.as_slice() {
        [] => empty.to_owned(),
        given => format!("no rows fit {}", given.join(" ")),
    }
}

/// A subject with commands of its own; none of them named: its list.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_required = false)]
pub struct OrList<C: Subcommand> {
    #[command(flatten)]
    list: ListFlags,
    #[command(subcommand)]
    command: Option<C>,
}

impl<C: Subcommand + From<ListFlags>> OrList<C> {
    /// The command that is meant.
    pub fn command(self) -> C {
        self.command.unwrap_or_else(|| C::from(self.list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use expect_test::{Expect, expect};

    #[derive(Parser)]
    struct Asked {
        #[command(flatten)]
        flags: ListFlags,
    }

    fn check(words: &str, expected: Expect) {
        let asked = Asked::try_parse_from(["list"].into_iter().chain(words.split_whitespace()));
        expected.assert_eq(&asked.expect("flags").flags.or_none_fit("the journal is empty"));
    }

    #[test]
    fn of_a_list_that_a_filter_left_empty_nothing_is_said_but_that() {
        check("", expect!["the journal is empty"]);
        check("--size 5 --sort=-at", expect!["the journal is empty"]);
        check("-q zzz", expect![[r#"no rows fit --query "zzz""#]]);
        check(
            "--feature cad --from 2030-01-01T00:00:00Z",
            expect![[r#"no rows fit --feature "cad" --from "2030-01-01T00:00:00Z""#]],
        );
    }
}
