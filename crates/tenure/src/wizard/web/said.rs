//! Failures and advice, as the wizard's page says them.
//!
//! Deliberately not here: the words themselves (`advice`).

use crate::exit::Failure;
use tenure_api::wizard::WizardFault;

/// A failure, as the page shows it.
pub fn fault(failure: &Failure) -> WizardFault {
    WizardFault {
        code: failure.code.clone().unwrap_or_default(),
        text: failure.message.clone(),
        advice: failure.hint.as_deref().map(on_a_page).unwrap_or_default(),
    }
}

/// Advice is written for the command line; the page has a box and a button for what are options there.
pub fn on_a_page(advice: &str) -> String {
    advice
        .replace("(--afresh)", "(“Begin a new round”)")
        .replace("carry files: --park DIR", "carry files")
        .replace("run this again", "do this again")
        .replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn options_are_named_as_the_page_shows_them() {
        let said = ["expired", "unreachable", "not-free"]
            .map(|code| on_a_page(crate::wizard::advice::of(code).unwrap_or("")));
        expect![[r#"
            the update came too late: take a new context and ask again (“Begin a new round”), and look at the device's clock
            there was no answer: look at the address and the network, and do this again; nothing was lost. Without a network carry files
            so many are not free: give back what another container does not need (portal: Return), or order more"#]]
        .assert_eq(&said.join("\n"));
    }
}
