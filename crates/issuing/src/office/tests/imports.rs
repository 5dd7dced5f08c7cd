//! Lists in and out: every fault at once, with its line; nothing twice; nothing that a spreadsheet runs.

use super::scene::*;
use crate::office::export::{ExportFormat, csv_line};
use crate::office::import::*;
use crate::office::*;
use expect_test::{Expect, expect};
use std::fmt::Write;

fn asked(kind: ImportKind, format: ImportFormat, text: &str) -> ImportAsked {
    ImportAsked { by: "ann".into(), kind, format, text: text.into(), seed: [7; 32] }
}

/// What a list would do, and what is wrong with it.
fn said(plan: &ImportPlan) -> String {
    let mut said = String::new();
    for step in &plan.steps {
        let unchanged = if step.unchanged { " (unchanged)" } else { "" };
        let _ = writeln!(said, "{}: {}{unchanged}", step.line, step.what);
    }
    for RowFault { line, column, what, hint } in &plan.faults {
        let column = column.as_deref().map_or(String::new(), |column| format!("{column}: "));
        let hint = if hint.is_empty() { String::new() } else { format!(" ({hint})") };
        let _ = writeln!(said, "FAULT {line}: {column}{what}{hint}");
    }
    said
}

fn check(kind: ImportKind, format: ImportFormat, text: &str, expected: Expect) {
    let scene = Scene::new();
    expected.assert_eq(&said(&scene.office.plan_import(&asked(kind, format, text), scene.now)));
}

const CUSTOMERS: &str = "\u{feff}Name;Reference;Contact name;Contact_Email;Notes\r
Ost GmbH;K1;Eve;eve@ost.example;\r
\"West; Söhne\";K2;;bo@west.example;\"two\r
lines\"\r
;;;;\r
Ost GmbH;K1;Adam;;\r
";

#[test]
fn customers_are_made_and_known_again() {
    let mut scene = Scene::new();
    let list = asked(ImportKind::Customers, ImportFormat::Csv, CUSTOMERS);
    let plan = scene.office.plan_import(&list, scene.now);
    expect![[r#"
        2: make customer "Ost GmbH"
        3: make customer "West; Söhne"
    "#]]
    .assert_eq(&said(&plan));
    expect![[r#"
        {"facts":{"contacts":[{"email":"eve@ost.example","name":"Eve"},{"name":"Adam"}],"name":"Ost GmbH","reference":"K1"},"id":"C-000003","type":"customer-set"}
        {"facts":{"contacts":[{"email":"bo@west.example","name":"bo@west.example"}],"name":"West; Söhne","notes":"two\r\nlines","reference":"K2"},"id":"C-000004","type":"customer-set"}
    "#]].assert_eq(&scene.say(plan.command.clone().unwrap()));
    // The same list again changes nothing; the same command again is refused as a whole.
    let again = scene.office.plan_import(&list, scene.now);
    assert_eq!(again.command, None);
    expect![[r#"
        2: change customer C-000003 (unchanged)
        3: change customer C-000004 (unchanged)
    "#]]
    .assert_eq(&said(&again));
    expect![[r#"
        reference-taken: line 2: customer C-000003 has the reference "K1" already; nothing of the list was done
    "#]].assert_eq(&scene.say(plan.command.unwrap()));
}

#[test]
fn every_fault_of_a_list_is_told_at_once() {
    use ImportFormat::{Csv, Json};
    use ImportKind::{Customers, Entitlements, Products};
    check(
        Customers,
        Csv,
        "",
        expect![[r#"
        FAULT 1: the list is empty (the first line names the columns: reference (required), name (required), contact_name, contact_email, notes)
    "#]],
    );
    check(
        Customers,
        Csv,
        "correct horse battery staple\n",
        expect![[r#"
            FAULT 1: the first line names none of the columns of such a list (the columns are reference (required), name (required), contact_name, contact_email, notes)
        "#]],
    );
    check(
        Customers,
        Csv,
        "name,nmae,name\nx,y,z\n",
        expect![[r#"
        FAULT 1: name: the column stands there twice (delete one of them)
        FAULT 1: nmae: there is no column "nmae" (the columns are reference (required), name (required), contact_name, contact_email, notes)
        FAULT 1: reference: the column "reference" is missing (the columns are reference (required), name (required), contact_name, contact_email, notes)
    "#]],
    );
    check(
        Customers,
        Csv,
        "reference,name,contact_email\nK1,,\nK2,A\nK3,B,b\nK4,C,c@c.example\nK4,D,\n,E,\n",
        expect![[r#"
            FAULT 2: name: the cell is empty (every row needs one)
            FAULT 3: the row has 2 cells, there are 3 columns (put cells that hold the divider into quotes, and leave empty ones empty)
            FAULT 4: contact_email: is not an address such as ann@example.com
            FAULT 5: left out, because line 6 belongs to it
            FAULT 6: name: reference "K4" has the name "C" in line 5 (rows with one reference are one customer: give them the same name)
            FAULT 7: reference: the cell is empty (every row needs one)
        "#]],
    );
    check(
        Products,
        Csv,
        "product\tversion\tfeature\tfeature_version\tcount_per_unit\tlicense_models\n\
         office\t1.0\twrite\t\t\tyear|perpetual\n\
         office\t1.0\twrite\t1.1\t2\t\n\
         paint\tone\tpaint\t\t\t\n\
         draw\t1.0\tdraw\t\t0\t\n\
         film\t1.0\tfilm\t\tuncounted\tmonth\n\
         cad\t1.0\tcad\t1.0\t\t\n",
        expect![[r#"
            7: set product cad 1.0
            FAULT 3: feature: "write" stands twice in the product
            FAULT 4: version: "one" is not a version such as 2.0 or 2.1.3 (a version such as 2.0 or 2.1.3)
            FAULT 5: count_per_unit: "0" is not a count of 1 to 10000000 (a whole number, or "uncounted")
            FAULT 6: license_models: there is no license model "month"; there are first, floating, perpetual, trial, year
        "#]],
    );
    check(
        Entitlements,
        Csv,
        "customer,order,activation_id,product,version,license_model,quantity,starts,ends,activate_until\n\
         C-000001,o1,,cad,1.0,perpetual,5,,,2027-12-31\n\
         C-000001,o1,,cad,1.0,month,5,,,\n\
         C-000009,o2,,cad,1.0,perpetual,5,,,\n\
         C-000001,o3,XXXXX-XXXXX-XXXXX-XXXXX-XXXXX,cad,1.0,perpetual,five,31.12.2027,,\n\
         C-000001,o4,040G2-08104-0G208-1040G-2081B,cad,1.0,perpetual,1,,,\n\
         C-000001,o5,,cad,1.0,year,1,,2020-01-01,\n\
         C-000001,o6,,site,1.0,year,1,2027-01-01,2027-06-30,\n\
         C-000001,o7,,site,1.0,year,1,,,\n\
         C-000001,o7,,site,1.0,year,x,,,\n\
         C-000001,o8,,site,1.0,year,1,,,\n\
         C-000001,o8,,site,1.0\n",
        expect![[r#"
            8: make an entitlement for order "o6"
            FAULT 3: there is no license model "month"; there are first, floating, perpetual, trial, year
            FAULT 4: customer: there is no customer "C-000009" (write a reference or a number such as C-000017; import customers first)
            FAULT 5: activation_id: "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX" is not an activation ID: its check character does not fit; look for a typing error (copy it as it was printed; leave it empty to make a new one)
            FAULT 5: quantity: "five" is not a whole number (a whole number from 1)
            FAULT 5: starts: "31.12.2027" is neither a date nor a time (write 2027-12-31, or 2027-12-31T18:00:00Z (UTC))
            FAULT 6: there is no entitlement 040G2-08104-0G208-1040G-2081B
            FAULT 7: ends: 2020-01-01T23:59:59.999Z is not after the start of use, 2026-11-22T08:00:00Z
            FAULT 9: left out, because line 10 belongs to it
            FAULT 10: quantity: "x" is not a whole number (a whole number from 1)
            FAULT 11: left out, because line 12 belongs to it
            FAULT 12: the row has 5 cells, there are 10 columns (put cells that hold the divider into quotes, and leave empty ones empty)
        "#]],
    );
    check(
        Customers,
        Json,
        "[\n {\"reference\":\"K1\",\"name\":\"A\"},\n {\"reference\":\"K2\",\n  \"nmae\":\"B\"},\n {\"reference\":\"\",\"name\":\"C\"},\n {\"reference\":\"K1\",\"name\":\"D\"}]",
        expect![[r#"
            2: make customer "A"
            FAULT 4: unknown field `nmae`, expected one of `reference`, `name`, `contacts`, `notes`
            FAULT 5: reference: is empty (by it the customer is known again when the list is imported again)
            FAULT 6: reference: "K1" is the reference of the customer in line 2 too (write each customer once)
        "#]],
    );
    check(
        Customers,
        Json,
        "{\"reference\":\"K1\"}",
        expect![[r#"
            FAULT 1: not readable as a JSON list: invalid type: map, expected a sequence (a list of objects: [{…}, {…}])
        "#]],
    );
    check(
        Products,
        Json,
        r#"[{"name":"p","version":"1.0","features":[{"feature":"f","version":"1.0"}]},
            {"name":"p","version":"1.0","features":[]},
            {"name":"q","version":"1.0","features":[{"feature":"f","version":"1.0"},{"feature":"f","version":"1.0"}]}]"#,
        expect![[r#"
            1: make product p 1.0
            FAULT 2: name: product p 1.0 stands in line 1 too (write each product once)
            FAULT 3: feature: "f" stands twice in the product
        "#]],
    );
    check(
        Entitlements,
        Json,
        r#"[{"customer":"C-000001","order":"o1","lines":[{"product":"cad","version":"1.0","license_model":"year","quantity":1,"ends":"2028-12-31"}]},
            {"customer":"C-000001","order":"o2","lines":[]},
            {"customer":"C-000001","order":"o3","lines":[{"product":"cad","version":"1.0","license_model":"year","quantity":0}]}]"#,
        expect![[r#"
            1: make an entitlement for order "o1"
            FAULT 2: lines: an order has 1 to 500 lines, not 0
            FAULT 3: quantity: must be at least 1
        "#]],
    );
}

#[test]
fn orders_make_entitlements_and_extend_them() {
    let mut scene = Scene::new();
    let head = "customer,order,activation_id,product,version,license_model,quantity,starts,ends\n";
    let orders_of_first = format!(
        "{head}C-1,o1,,cad,1.0,perpetual,5,,\nC-1,o1,,cad,1.0,year,2,2027-01-01,2027-12-31\n"
    );
    let list = format!("{orders_of_first}C-2,o1,,site,1.0,year,1,,\n");
    let mut out = String::new();
    let list = asked(ImportKind::Entitlements, ImportFormat::Csv, &list);
    let plan = scene.office.plan_import(&list, scene.now);
    out.push_str(&said(&plan));
    out.push_str(&scene.say(plan.command.unwrap()));
    // The same list again changes nothing; other lines under a number that was taken are at fault.
    let again = scene.office.plan_import(&list, scene.now);
    assert_eq!(again.command, None);
    out.push_str(&said(&again));
    let other =
        format!("{head}C-1,o1,,cad,1.0,perpetual,5,,\nC-2,o1,,site,1.0,year,1,,2027-11-23\n");
    let other = asked(ImportKind::Entitlements, ImportFormat::Csv, &other);
    out.push_str(&said(&scene.office.plan_import(&other, scene.now)));
    let made = scene.office.entitlements().all().next().unwrap().id;
    let repeat = format!(
        "{head}C-1,o2,{made},cad,1.0,perpetual,5,,\nC-2,o3,{made},cad,1.0,year,1,,\nC-1,o4,{made},cad,1.0,year,1,,\n"
    );
    let list = asked(ImportKind::Entitlements, ImportFormat::Csv, &repeat);
    let plan = scene.office.plan_import(&list, scene.now);
    out.push_str(&said(&plan));
    out.push_str(&scene.say(plan.command.unwrap()));
    // Nor does what was done since make a list another one.
    let by_how_much = Extension::Days(30);
    let extend = EntitlementCommand::Extend { by: "ann".into(), id: made, line: 2, by_how_much };
    scene.must(Command::Entitlement(extend));
    let both = format!("{}C-1,o2,{made},cad,1.0,perpetual,5,,\n", orders_of_first);
    let both = asked(ImportKind::Entitlements, ImportFormat::Csv, &both);
    out.push_str(&said(&scene.office.plan_import(&both, scene.now)));
    expect![[r#"
        2: make an entitlement for order "o1"
        4: make an entitlement for order "o1"
        {"customer":"C-000001","id":"ES64A-S8ZN7-BN80D-WVY09-Y0H5Q","lines":[{"line":1,"quantity":5,"sold":{"model":"perpetual","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1}},{"ends":"2027-12-31T23:59:59.999Z","line":2,"quantity":2,"sold":{"model":"year","model_revision":1,"product":{"product":"cad","version":"1.0"},"product_revision":1},"starts":"2027-01-01T00:00:00Z"}],"reference":"o1","type":"entitlement-made"}
        {"customer":"C-000002","id":"Z1V22-BPKWS-3ZAWG-D2JRQ-65YBY","lines":[{"ends":"2027-11-22T08:00:00Z","line":1,"quantity":1,"sold":{"model":"year","model_revision":1,"product":{"product":"site","version":"1.0"},"product_revision":1}}],"reference":"o1","type":"entitlement-made"}
        2: make an entitlement for order "o1" (unchanged)
        4: make an entitlement for order "o1" (unchanged)
        FAULT 2: order: another order with this number was taken already, as ES64A-S8ZN7-BN80D-WVY09-Y0H5Q (take the row out; a repeat order has a number of its own)
        FAULT 3: order: another order with this number was taken already, as Z1V22-BPKWS-3ZAWG-D2JRQ-65YBY (take the row out; a repeat order has a number of its own)
        2: add order "o2" to ES64A-S8ZN7-BN80D-WVY09-Y0H5Q
        FAULT 3: activation_id: another order on the same activation ID stands in line 2 (import it in a list of its own, after this one)
        FAULT 4: activation_id: another order on the same activation ID stands in line 2 (import it in a list of its own, after this one)
        {"id":"ES64A-S8ZN7-BN80D-WVY09-Y0H5Q","lines":[{"line":1,"quantity":5}],"reference":"o2","type":"entitlement-ordered"}
        2: make an entitlement for order "o1" (unchanged)
        4: add order "o2" to ES64A-S8ZN7-BN80D-WVY09-Y0H5Q (unchanged)
    "#]].assert_eq(&out);
}

#[test]
fn a_list_that_was_planned_twice_is_taken_in_once() {
    let mut scene = Scene::new();
    let text = "customer,order,product,version,license_model,quantity\n\
                C-1,o1,cad,1.0,perpetual,5\nC-2,o1,site,1.0,year,1\n";
    let planned = |seed| {
        let asked = asked(ImportKind::Entitlements, ImportFormat::Csv, text);
        let asked = ImportAsked { seed: [seed; 32], ..asked };
        scene.office.plan_import(&asked, scene.now).command.unwrap()
    };
    let (first, second) = (planned(1), planned(2));
    scene.must(first);
    expect![[r#"
        order-twice: line 2: order "o1" was taken on GBFPM-GCBP8-GTPT8-G29SV-V32QC already, at 2026-11-22T08:00:00Z; a repeat order has a number of its own; nothing of the list was done
    "#]].assert_eq(&scene.say(second));
}

#[test]
fn an_order_stands_in_a_list_once() {
    check(
        ImportKind::Entitlements,
        ImportFormat::Csv,
        "customer,order,product,version,license_model,quantity\n\
         C-1,o1,cad,1.0,perpetual,5\nC-000001,o1,cad,1.0,perpetual,5\nC-2,o1,cad,1.0,perpetual,5\n",
        expect![[r#"
            2: make an entitlement for order "o1"
            4: make an entitlement for order "o1"
            FAULT 3: order: order "o1" of this customer stands in line 2 too (write each order once, its customer the same way in all its rows)
        "#]],
    );
    let order = r#"{"customer":"C-1","order":"o1","lines":[{"product":"cad","version":"1.0","license_model":"year","quantity":1}]}"#;
    let text = format!("[{order},\n{order}]");
    check(
        ImportKind::Entitlements,
        ImportFormat::Json,
        &text,
        expect![[r#"
        1: make an entitlement for order "o1"
        FAULT 2: order: order "o1" of this customer stands in line 1 too (write each order once, its customer the same way in all its rows)
    "#]],
    );
}

#[test]
fn what_is_exported_can_be_read_and_runs_nowhere() {
    let mut scene = Scene::new();
    let by = || "ann".to_owned();
    let facts = CustomerFacts {
        name: "=cmd|' /C calc'!A0 <&>\u{1}".replace('\u{1}', ""),
        reference: "@K\"1".into(),
        ..CustomerFacts::default()
    };
    scene.must(Command::Customer(CustomerCommand::Make { by: by(), facts }));
    let lines: Vec<LineAsked> = [("cad 1.0", "year", 5), ("site 1.0", "perpetual", 1)]
        .iter()
        .map(super::scene::asked)
        .collect();
    let order = OrderAsked { reference: "-1+1".into(), lines };
    scene.must(Command::Entitlement(EntitlementCommand::Make {
        by: by(),
        id: id(9),
        customer: CustomerId::new(3).unwrap(),
        order,
        activate_from: None,
        activate_until: None,
        notes: String::new(),
        own: false,
    }));
    // A second order: more units of one line, and a line of its own.
    let lines = [("site 1.0", "perpetual", 2), ("cad 2.0", "perpetual", 1)];
    let order = OrderAsked {
        reference: "o2".into(),
        lines: lines.iter().map(super::scene::asked).collect(),
    };
    scene.must(Command::Entitlement(EntitlementCommand::Order { by: by(), id: id(9), order }));
    scene.must(bought(1, "o1", &[("cad 2.0", "perpetual", 3)]));
    let out: String = [ExportFormat::Csv, ExportFormat::Json, ExportFormat::Xml]
        .map(|format| scene.office.export_all(format, scene.now))
        .join("\n");
    expect![[r#"
        customer,order,activation_id,product,version,license_model,quantity,starts,ends,state,active,free
        "'@K""1",'-1+1,144GJ-28914-4GJ28-9144G-J2893,cad,1.0,year,5,,2027-11-22T08:00:00Z,active,0,5
        "'@K""1",'-1+1; o2,144GJ-28914-4GJ28-9144G-J2893,site,1.0,perpetual,3,,,active,0,3
        "'@K""1",o2,144GJ-28914-4GJ28-9144G-J2893,cad,2.0,perpetual,1,,,active,0,1
        C-000001,o1,040G2-08104-0G208-1040G-2081B,cad,2.0,perpetual,3,,,active,0,3

        [
        {"activation_id":"144GJ-28914-4GJ28-9144G-J2893","customer":"C-000003","customer_name":"=cmd|' /C calc'!A0 <&>","customer_reference":"@K\"1","state":"active","made":"2026-11-22T08:00:00Z","orders":["-1+1","o2"],"lines":[{"line":1,"product":"cad","version":"1.0","license_model":"year","quantity":5,"active":0,"free":5,"orders":["-1+1"],"ends":"2027-11-22T08:00:00Z"},{"line":2,"product":"site","version":"1.0","license_model":"perpetual","quantity":3,"active":0,"free":3,"orders":["-1+1","o2"]},{"line":3,"product":"cad","version":"2.0","license_model":"perpetual","quantity":1,"active":0,"free":1,"orders":["o2"]}]},
        {"activation_id":"040G2-08104-0G208-1040G-2081B","customer":"C-000001","customer_name":"Nord","state":"active","made":"2026-11-22T08:00:00Z","orders":["o1"],"lines":[{"line":1,"product":"cad","version":"2.0","license_model":"perpetual","quantity":3,"active":0,"free":3,"orders":["o1"]}]}
        ]

        <?xml version="1.0" encoding="UTF-8"?>
        <EntSet xmlns="urn:tenure:entitlements:1" creator="Acme" created="2026-11-22T08:00:00Z">
        <Ent entId="144GJ-28914-4GJ28-9144G-J2893/1" entType="subscription" state="active">
          <Licensor>Acme</Licensor>
          <Licensee id="C-000003" reference="@K&quot;1">=cmd|&apos; /C calc&apos;!A0 &lt;&amp;&gt;</Licensee>
          <PurchaseOrder>-1+1</PurchaseOrder>
          <Product version="1.0">cad</Product>
          <Feature version="1.0">cad</Feature>
          <Feature version="1.0">render</Feature>
          <LicenseModel>year</LicenseModel>
          <Quantity active="0" free="5">5</Quantity>
          <EndDate>2027-11-22T08:00:00Z</EndDate>
        </Ent>
        <Ent entId="144GJ-28914-4GJ28-9144G-J2893/2" entType="perpetual" state="active">
          <Licensor>Acme</Licensor>
          <Licensee id="C-000003" reference="@K&quot;1">=cmd|&apos; /C calc&apos;!A0 &lt;&amp;&gt;</Licensee>
          <PurchaseOrder>-1+1</PurchaseOrder>
          <PurchaseOrder>o2</PurchaseOrder>
          <Product version="1.0">site</Product>
          <Feature version="1.0">site</Feature>
          <LicenseModel>perpetual</LicenseModel>
          <Quantity active="0" free="3">3</Quantity>
        </Ent>
        <Ent entId="144GJ-28914-4GJ28-9144G-J2893/3" entType="perpetual" state="active">
          <Licensor>Acme</Licensor>
          <Licensee id="C-000003" reference="@K&quot;1">=cmd|&apos; /C calc&apos;!A0 &lt;&amp;&gt;</Licensee>
          <PurchaseOrder>o2</PurchaseOrder>
          <Product version="2.0">cad</Product>
          <Feature version="2.0">vr</Feature>
          <Feature version="2.0">cad</Feature>
          <LicenseModel>perpetual</LicenseModel>
          <Quantity active="0" free="1">1</Quantity>
        </Ent>
        <Ent entId="040G2-08104-0G208-1040G-2081B/1" entType="perpetual" state="active">
          <Licensor>Acme</Licensor>
          <Licensee id="C-000001">Nord</Licensee>
          <PurchaseOrder>o1</PurchaseOrder>
          <Product version="2.0">cad</Product>
          <Feature version="2.0">vr</Feature>
          <Feature version="2.0">cad</Feature>
          <LicenseModel>perpetual</LicenseModel>
          <Quantity active="0" free="3">3</Quantity>
        </Ent>
        </EntSet>
    "#]].assert_eq(&out);
    // A customer's reference with a quote in front of it comes back as it was.
    let list = format!("{}{}", csv_line(&["reference", "name"]), csv_line(&["@K\"1", "+49 Ltd"]));
    let list = asked(ImportKind::Customers, ImportFormat::Csv, &list);
    expect![[r#"
        2: change customer C-000003
    "#]]
    .assert_eq(&said(&scene.office.plan_import(&list, scene.now)));
}
