//! What a large model costs: the same load on a server with 500 pools and 2,000 rules, and on one without a model.
//!
//! The rounds of both servers alternate, so that a noisy spell of the machine hits both; the requester is found by the
//! last rule, behind 1,999 others. Deliberately not here: the cost of one judgement alone (benches of leasing).

use super::{phases::Run, process::ServerProcess, report::Figures};
use anyhow::Context as _;
use std::{fmt::Write as _, fs, path::Path};
use tenure_api::{Client, ClientOptions, Credential, ModelRequest};

/// Named pools of the model.
const POOLS: usize = 500;
/// Rules of the model.
const RULES: usize = 2_000;
/// Connections of both loads.
const CONNECTIONS: usize = 64;

/// Measures both servers and adds ratio and rows to the report.
///
/// # Errors
/// A server does not start or refuses the model.
pub fn measure(run: &mut Run, progress: &dyn Fn(&str)) -> anyhow::Result<()> {
    progress("rules: 500 pools and 2,000 rules against no model");
    let (plain, _) = run.server()?;
    let (ruled, data) = run.server()?;
    set_model(&data, &model(POOLS, RULES)).context("setting the model of the bench")?;
    for server in [&plain, &ruled] {
        round(run, server)?;
    }
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..run.rounds().max(2) {
        without.push(round(run, &plain)?);
        with.push(round(run, &ruled)?);
    }
    plain.stop()?;
    ruled.stop()?;
    let [without, with] = [&without, &with].map(|rounds| Figures::median(rounds));
    run.report.at_most(
        "cost with 500 pools and 2,000 rules : with none",
        1.5,
        with.cpu_signatures / without.cpu_signatures,
        "",
    );
    run.report.row("checkout or return, no model", without);
    run.report.row("checkout or return, 500 pools, 2,000 rules", with);
    Ok(())
}

/// One round. Both servers number their seats alike, so each round is checked by itself.
fn round(run: &mut Run, server: &ServerProcess) -> anyhow::Result<Figures> {
    let length = run.round_length() / 2;
    let figures = run.cycles(server, 0, CONNECTIONS, length)?.figures;
    run.check();
    Ok(figures)
}

/// Rules about departments, machines, rooms by expression and users; the load's user is in the last one.
fn model(pools: usize, rules: usize) -> String {
    let mut text = String::from("model \"bench\" {\n  partitions {\n");
    for pool in 1..pools {
        // Writing to a String can't fail.
        let _ = writeln!(text, "    partition \"pool {pool}\" {{ \"load\" 1.0 1000 max 500 }}");
    }
    let _ = writeln!(text, "    partition \"pool 0\" {{ \"load\" 1.0 2000000 }}\n  }}");
    for rule in 1..rules {
        let condition = match rule % 4 {
            0 => format!("dictionary(\"dept\":\"d{rule}\")"),
            1 => format!("hostid(\"ws{rule}\", \"02:42:{rule}/ETHERNET\")"),
            2 => format!("hostname(\"~/^room{rule}-[0-9]+$/\") and not hosttype(\"container\")"),
            _ => format!("user(\"u{rule}\") or user(\"v{rule}\") and hosttype(\"virtual\")"),
        };
        let pool = rule % pools;
        let _ = writeln!(text, "  on {condition} {{ use \"pool {pool}\", \"default\" accept }}");
    }
    text + "  on user(\"bench\") { use \"pool 0\", \"default\" accept }\n}\n"
}

/// Sets the model as the owner of the data folder.
fn set_model(data: &Path, text: &str) -> anyhow::Result<()> {
    let read = |name: &str| fs::read_to_string(data.join(name)).context(name.to_owned());
    let address = read(crate::admin::ADDRESS_FILE)?;
    let token = read(crate::admin::TOKEN_FILE)?;
    let options = ClientOptions::new(address.lines().next().unwrap_or_default());
    let client = Client::new(options)?.with_credential(Credential::Bearer(token.trim().to_owned()));
    client.set_model(&ModelRequest { text: text.to_owned(), ..ModelRequest::default() })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_leasing::Model;

    #[test]
    fn the_model_is_one_and_as_large_as_it_says() {
        let read = Model::parse(&model(POOLS, RULES)).map_err(|faults| faults[0].render("bench"));
        let read = read.unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!((read.pools().len(), read.rules().len()), (POOLS, RULES));
    }
}
