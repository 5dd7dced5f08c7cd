//! The file STATE: what it says, and what is read from it again.
//!
//! Invariant: what a person wrote beside the facts does no harm. Deliberately not here: what the papers say (plan).

use super::*;
use expect_test::expect;

fn facts() -> Facts {
    Facts {
        serial: Some("T-SJ6D-877F-J1YS".into()),
        name: Some("press\n7".into()),
        generation: 0,
        device: Some("/srv/it's here".into()),
        office: Some("https://office.example.com".into()),
        wanted: Vec::new(),
        applied: Some(5),
        handed_over: None,
    }
}

#[test]
fn what_it_says() {
    let shown = text(&facts(), &Pile::default(), &Ending::Planned(&End::ApplyAtDevice));
    expect![[r#"
        Licenses by files for the device "press 7" (container T-SJ6D-877F-J1YS)

        What was done
          [ ] context.tnr  says what the device holds: the device makes it
          [ ] update.tnr   says what the device shall hold: the office makes it
          [ ] receipt.tnr  proves it: the device makes it; may be left out

        What is next
          Carry this folder to the device "press 7" and put the update in. There, in this folder:

              tenure wizard --park . --device '/srv/it'\''s here'

          (DEVICE is the folder of its containers or the address of its agent. By hand: tenure device apply update.tnr --receipt receipt.tnr)

        For the wizard (may be deleted)
          serial: T-SJ6D-877F-J1YS
          name: press 7
          generation: 0
          device: /srv/it's here
          office: https://office.example.com
          applied: 5
    "#]].assert_eq(&shown);
}

#[test]
fn it_is_read_again_also_when_people_wrote_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let id = tenure_document::ActivationId::from_entropy([7; 15]);
    let wanted = vec![format!("{id}/2=3").parse().unwrap()];
    let facts = Facts { wanted, name: Some("press 7".into()), ..facts() };
    write(folder.path(), &facts, &Pile::default(), &Ending::Planned(&End::AskAtOffice)).unwrap();
    assert_eq!(Facts::read(folder.path()), facts);
    let file = folder.path().join(FILE_NAME);
    let edited =
        fs::read_to_string(&file).unwrap().replace("applied: 5", "applied: soon\r\n  colour: red");
    fs::write(&file, format!("hello: world\n{edited}")).unwrap();
    assert_eq!(Facts::read(folder.path()), Facts { applied: None, ..facts });
    fs::write(&file, [0xff, 0xfe, 0]).unwrap();
    assert_eq!(Facts::read(folder.path()), Facts::default());
}

#[test]
fn facts_of_another_container_or_generation_do_not_count() {
    let same = of_container(facts(), "T-SJ6D-877F-J1YS", 0);
    assert_eq!(same.applied, Some(5));
    assert_eq!(of_container(facts(), "T-SJ6D-877F-J1YS", 1).applied, None);
    let other = of_container(facts(), "T-0000-0000-0000", 0);
    assert_eq!((other.applied, other.name), (None, None));
}
