//! The catalog: revisions, and what can't be sold.

use super::scene::Scene;
use crate::office::*;
use expect_test::{Expect, expect};

fn check(commands: &[&str], expected: Expect) {
    let mut scene = Scene::new();
    let mut said = String::new();
    for text in commands {
        let command: CatalogCommand =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        said.push_str(&scene.say(Command::Catalog(command)));
    }
    expected.assert_eq(&said);
}

#[test]
fn a_change_makes_a_revision_and_the_same_again_makes_none() {
    let product = r#"{"set-product":{"by":"ann","product":{"name":"cad","version":"3.0","features":[{"feature":"cad","version":"3.0"}]}}}"#;
    let other = product.replace("\"version\":\"3.0\"}]", "\"version\":\"3.1\"}]");
    let retire = r#"{"retire-product":{"by":"ann","product":{"product":"cad","version":"3.0"}}}"#;
    check(
        &[product, product, &other, retire, retire, &other],
        expect![[r#"
        {"product":{"features":[{"feature":"cad","version":"3.0"}],"name":"cad","revision":1,"version":"3.0"},"type":"product-set"}
        nothing
        {"product":{"features":[{"feature":"cad","version":"3.1"}],"name":"cad","revision":2,"version":"3.0"},"type":"product-set"}
        {"product":{"features":[{"feature":"cad","version":"3.1"}],"name":"cad","retired":true,"revision":3,"version":"3.0"},"type":"product-set"}
        nothing
        {"product":{"features":[{"feature":"cad","version":"3.1"}],"name":"cad","revision":4,"version":"3.0"},"type":"product-set"}
    "#]],
    );
    let model = r#"{"set-model":{"by":"ann","model":{"name":"month","terms":{"validity":{"subscription":{"days":30}}}}}}"#;
    let retire = r#"{"retire-model":{"by":"ann","name":"month"}}"#;
    check(
        &[model, model, retire, model],
        expect![[r#"
        {"model":{"name":"month","revision":1,"terms":{"validity":{"subscription":{"days":30,"from":"order"}}}},"type":"license-model-set"}
        nothing
        {"model":{"name":"month","retired":true,"revision":2,"terms":{"validity":{"subscription":{"days":30,"from":"order"}}}},"type":"license-model-set"}
        {"model":{"name":"month","revision":3,"terms":{"validity":{"subscription":{"days":30,"from":"order"}}}},"type":"license-model-set"}
    "#]],
    );
}

#[test]
fn what_could_not_be_used_is_not_sold() {
    let product = |rest: &str| {
        format!(
            r#"{{"set-product":{{"by":"ann","product":{{"name":"p","version":"1.0",{rest}}}}}}}"#
        )
    };
    let model = |terms: &str| {
        format!(r#"{{"set-model":{{"by":"ann","model":{{"name":"m","terms":{terms}}}}}}}"#)
    };
    let feature = r#"{"feature":"f","version":"1.0"}"#;
    let commands = [
        product(r#""features":[]"#),
        product(&format!(r#""features":[{feature},{feature}]"#)),
        product(r#""features":[{"feature":" f","version":"1.0"}]"#),
        product(r#""features":[{"feature":"f","version":"1.0","usage":{"grace_days":40000}}]"#),
        product(r#""features":[{"feature":"f","version":"1.0"}],"license_models":["month"]"#),
        model(r#"{"validity":{"trial":{"days":0}}}"#),
        model(r#"{"validity":{"trial":{"days":30,"from":"activation"}}}"#),
        model(r#"{"containers":["bound","bound"]}"#),
        model(r#"{"moves":{"times":0}}"#),
        model(r#"{"usage":{"overdraft":{"percent":0}}}"#),
        model(r#"{"returns":{"allowed":true,"cool_down_days":40000}}"#),
        r#"{"retire-product":{"by":"ann","product":{"product":"cad","version":"9.0"}}}"#.into(),
        r#"{"retire-product":{"by":"ann","product":{"product":"xyz","version":"9.0"}}}"#.into(),
        r#"{"retire-model":{"by":"ann","name":"month"}}"#.into(),
    ];
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    check(
        &commands,
        expect![[r#"
        bad-value: features: a product has 1 to 200 features, not 0
        bad-value: features[1].feature: "f" stands twice in the product
        bad-value: features[0].feature: must not be empty, nor begin or end with a space
        bad-value: features[0].usage.grace_days: must be at most 36500, not 40000
        bad-value: license_models[0]: there is no license model "month"; there are first, floating, perpetual, trial, year
        bad-value: terms.validity: days must be 1 to 36500, not 0
        bad-value: terms.validity: days that count from each activation need `returns.allowed` false: a return and a new activation would begin them anew (or let them count from `first-activation`)
        bad-value: terms.containers: names a kind twice
        bad-value: terms.moves: times must be 1 to 1000, not 0; leave moves out for never
        bad-value: terms.usage.overdraft: percent must be 1 to 10000, not 0
        bad-value: terms.returns.cool_down_days: must be at most 36500, not 40000
        no-product: there is no product cad 9.0; there are cad 1.0, cad 2.0
        no-product: there is no product xyz 9.0; there are cad 1.0, cad 2.0, meter 1.0, site 1.0
        no-license-model: there is no license model "month"; there are first, floating, perpetual, trial, year
    "#]],
    );
}

#[test]
fn relations_name_products_that_are_there() {
    let relation = |what: &str, from: &str, to: &str| {
        format!(
            r#"{{"{what}":{{"by":"ann","relation":{{"kind":"upgrade","from":{{"product":"cad","version":"{from}"}},"to":{{"product":"cad","version":"{to}"}}}}}}}}"#
        )
    };
    let commands = [
        relation("set-relation", "1.0", "2.0"),
        relation("set-relation", "2.0", "3.0"),
        relation("set-relation", "2.0", "2.0"),
        relation("delete-relation", "1.0", "2.0"),
        relation("delete-relation", "1.0", "2.0"),
    ];
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    check(
        &commands,
        expect![[r#"
        nothing
        no-product: there is no product cad 3.0; there are cad 1.0, cad 2.0
        bad-value: to: must be another product or version than `from`
        {"relation":{"from":{"product":"cad","version":"1.0"},"kind":"upgrade","to":{"product":"cad","version":"2.0"}},"type":"relation-deleted"}
        no-relation: there is no such relation between cad 1.0 and cad 2.0
    "#]],
    );
}
