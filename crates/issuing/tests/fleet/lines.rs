//! Lines that change, and units that are given back, while containers hold them.

use super::stage::*;
use expect_test::expect;
use serde_json::{Value, json};
use tenure_document::ContainerKind::{Bound, Server, Unbound};
use tenure_issuing::office::*;

fn replace(line: u32, model: &str) -> Value {
    let product = json!({"product": "cad", "version": "1.0"});
    let with = json!({"product": product, "model": model});
    json!({"entitlement": {"replace": {"by": "ann", "id": id(2), "line": line, "with": with}}})
}

#[test]
fn a_line_gets_no_terms_that_keep_it_out_of_a_container_that_holds_it() {
    let mut stage = Stage::new();
    for model in [
        json!({"name": "year", "terms": {"validity": {"subscription": {"days": 365}}}}),
        json!({"name": "floating", "terms": {"containers": ["server"]}}),
    ] {
        stage.must(json!({"catalog": {"set-model": {"by": "ann", "model": model}}}));
    }
    stage.buy(2, "C-000001", "year", 10);
    stage.device_of("free", 1, Unbound);
    stage.device_of("server", 2, Server);
    stage.device_of("bound", 3, Bound);
    for (name, line) in [("free", 1), ("server", 1), ("bound", 2)] {
        stage.ferry(name, &[choice(2, line, 1)]);
    }
    let mut said = stage.say(replace(1, "perpetual"));
    stage.must(json!({"activation": {"withdraw": {"by": "ann", "activation": "A-0000001"}}}));
    // What is on its way out is not meant to be there any more.
    said += &stage.say(replace(1, "perpetual"));
    said += &stage.say(replace(2, "floating"));
    said += &stage.say(replace(2, "perpetual"));
    // A line that an office before this rule left so is changed like any other.
    let year = serde_json::from_value(replace(2, "year")).unwrap();
    let mut events = stage.office.decide(&year, stage.now).unwrap();
    let [Event::LineReplaced(event)] = &mut events[..] else { panic!("{events:?}") };
    event.sold.model = "floating".into();
    stage.apply(&events);
    said += &stage.say(replace(2, "floating"));
    said += &stage.say(replace(2, "year"));
    expect![[r#"
        unbound-container: line 1 of 08104-0G208-1040G-20810-40G2H has no end: a container that is bound to nothing takes trials only; container T-SJ6D-877F-J1YS holds A-0000001 of it: withdraw that first, or put another line in its place
        line-replaced line=1 sold={model:perpetual,model_revision:1,product:{product:cad,version:1.0},product_revision:1}
        wrong-container-kind: line 2 of 08104-0G208-1040G-20810-40G2H may not be in a container of kind bound: only in server; container T-CECZ-DP33-P27R holds A-0000003 of it: withdraw that first, or put another line in its place
        line-replaced line=2 sold={model:perpetual,model_revision:1,product:{product:cad,version:1.0},product_revision:1}
        nothing
        line-replaced ends=2027-11-22T00:00:03Z line=2 sold={model:year,model_revision:1,product:{product:cad,version:1.0},product_revision:1}
    "#]].assert_eq(&said);
}

#[test]
fn who_is_not_of_the_staff_gives_back_only_what_an_update_may_take_out() {
    let mut stage = Stage::new();
    stage.device("restored", 1);
    stage.ferry("restored", &[choice(1, 1, 2)]);
    stage.device("restored", 1);
    stage.exchange("restored", &[]).unwrap();
    let container = Asker::Container(stage.id_of("restored"));
    let mut said = String::new();
    for by in [portal(2), portal(1), container, staff("ann")] {
        let back = json!({"by": by, "activation": "A-0000001"});
        said += &stage.say(json!({"activation": {"return": back}}));
    }
    expect![[r#"
        not-yours: activation A-0000001 does not belong to the activation ID that was given
        rollback: container T-SJ6D-877F-J1YS is in state "rollback": nothing is issued to it until your vendor has decided about it
        rollback: container T-SJ6D-877F-J1YS is in state "rollback": nothing is issued to it until your vendor has decided about it
        return-asked activation=A-0000001 step=return
    "#]].assert_eq(&said);
}
