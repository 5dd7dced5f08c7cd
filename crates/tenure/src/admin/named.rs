//! The server that the command line and the environment name together.
//!
//! Invariants: a flag beats every variable, also one that stands for another flag; an empty variable is none.
//! Deliberately not here: what becomes of it (`connect`).

use super::connect::Connection;
use clap::{ArgMatches, Args, Command, FromArgMatches, error::Error, parser::ValueSource};

/// Flags that say which server and as whom, settled.
#[derive(Debug, Clone)]
pub struct Named(pub Connection);

impl Args for Named {
    fn augment_args(command: Command) -> Command {
        Connection::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Connection::augment_args_for_update(command)
    }
}

impl FromArgMatches for Named {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = Connection::from_arg_matches(matches)?;
        Ok(Self(settled(given, |flag| matches.value_source(flag))))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Without what a flag overrules, and without what is empty. `source`: where the value of a flag is from.
fn settled(given: Connection, source: impl Fn(&str) -> Option<ValueSource>) -> Connection {
    let Connection { mut server, mut office, mut data, mut token_file, mut ca } = given;
    let is_variable = |flag: &str| source(flag) == Some(ValueSource::EnvVariable);
    let is_flag = |flag: &str| source(flag) == Some(ValueSource::CommandLine);
    let is_said = ["server", "office", "data"].into_iter().any(is_flag);
    let overruled = |flag: &str| is_said && is_variable(flag);
    let text =
        |flag: &str, value: &String| overruled(flag) || is_variable(flag) && value.is_empty();
    server.take_if(|value| text("server", value));
    office.take_if(|value| text("office", value));
    data.take_if(|path| overruled("data") || is_variable("data") && path.as_os_str().is_empty());
    token_file.take_if(|path| is_variable("token_file") && path.as_os_str().is_empty());
    ca.take_if(|path| is_variable("ca") && path.as_os_str().is_empty());
    Connection { server, office, data, token_file, ca }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::path::PathBuf;

    /// `words`: NAME=VALUE of variables (in capitals) and flags.
    fn check(words: &str, expected: Expect) {
        let given = |name: &str| {
            words.split_whitespace().find_map(|word| {
                let (key, value) = word.split_once('=')?;
                let source = match key.to_lowercase() == name {
                    true if key == name => ValueSource::CommandLine,
                    true => ValueSource::EnvVariable,
                    false => return None,
                };
                Some((value.to_owned(), source))
            })
        };
        let value = |name: &str| given(name).map(|(value, _)| value);
        let path = |name: &str| value(name).map(PathBuf::from);
        let connection = Connection {
            server: value("server"),
            office: value("office"),
            data: path("data"),
            token_file: path("token_file"),
            ca: path("ca"),
        };
        let settled = settled(connection, |name| given(name).map(|(_, source)| source));
        let Connection { server, office, data, token_file, ca } = settled;
        let path = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
        let left = [
            ("server", server),
            ("office", office),
            ("data", path(data)),
            ("token_file", path(token_file)),
            ("ca", path(ca)),
        ];
        let left = left.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        expected.assert_eq(&left.collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn a_flag_beats_every_variable() {
        check("OFFICE=http://o data=dir", expect!["data=dir"]);
        check("SERVER=http://s office=http://o", expect!["office=http://o"]);
        check("DATA=dir server=http://s", expect!["server=http://s"]);
        check("OFFICE=http://o DATA=dir CA=pem", expect!["office=http://o data=dir ca=pem"]);
        check("server=http://s data=dir", expect!["server=http://s data=dir"]);
        check("TOKEN_FILE=t CA=pem data=dir", expect!["data=dir token_file=t ca=pem"]);
    }

    #[test]
    fn an_empty_variable_is_none() {
        check("OFFICE= SERVER= DATA= TOKEN_FILE= CA=", expect![""]);
        check("office= OFFICE=", expect!["office="]);
    }
}
