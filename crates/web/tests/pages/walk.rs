//! The sequences people click, from the first page to the last.

use crate::browser::{Browser, Seen};
use crate::sample::{ACTIVATION_ID, SERIAL, Sample};
use tenure_web::QrImage;

const CONTEXT: &str = "-----BEGIN TENURE CONTEXT-----\nx\n-----END TENURE CONTEXT-----\n";

#[tokio::test]
async fn a_whole_ferry() {
    let sample = Sample::new();
    let mut portal = Browser::portal(&sample);
    portal.open("/portal").await.says("Activate your licenses");
    let licenses = portal.form("/portal/enter", &[("ids", &ACTIVATION_ID.to_lowercase())]).await;
    let csrf = licenses
        .says("CAD Suite Professional")
        .says("1 on the way back")
        .says("None free")
        .field("csrf");

    let line = format!("take-{ACTIVATION_ID}-1");
    let post = [("csrf", csrf.as_str()), (line.as_str(), "2")];
    portal.form("/portal/licenses", &post).await.says("Which device gets them?");
    let device = portal.upload("/portal/device", &csrf, "file", CONTEXT.as_bytes()).await;
    let check = device.says("Is this right?").says(SERIAL).says("Milling cell 7");
    let (once, context, shown) =
        (check.field("once"), check.field("context"), check.field("shown"));
    let sent = [("csrf", &*csrf), ("once", &*once), ("context", &*context), ("shown", &*shown)];
    let done = portal.form("/portal/activate", &sent).await;
    done.says("The licenses are reserved for this device").says("An update waits for this device");

    let path = format!("/portal/containers/{SERIAL}/update");
    let file = portal.form(&path, &[("csrf", &csrf)]).await;
    assert_eq!(
        file.headers["content-disposition"],
        format!("attachment; filename=\"{SERIAL}.update.tnr\"").as_str()
    );
    let update = file.says("TENURE UPDATE").html;

    let mut technician = Browser::inside_device(&sample).await;
    let page = technician.open("/").await.says("Nothing here yet");
    let csrf = page.field("csrf");
    let applied = technician
        .upload(&format!("/containers/{SERIAL}/update"), &csrf, "file", update.as_bytes())
        .await;
    applied.says("2 changes applied").says("Download the receipt");
    let again = technician
        .upload(&format!("/containers/{SERIAL}/update"), &csrf, "file", update.as_bytes())
        .await;
    again.says("The device had this update already");
    technician.open("/").await.says("Ready to use").says("Has ended").says("Unlimited");
    let receipt = technician.open(&format!("/containers/{SERIAL}/receipt.tnr")).await;
    let receipt = receipt.says("TENURE RECEIPT").html;

    let mut anybody = portal.stranger();
    let thanks = anybody.upload("/portal/receipt", "", "file", receipt.as_bytes()).await;
    thanks.says("Thank you. The office has the receipt").says("the circle is closed");
    anybody.form("/portal/receipt", &[("text", &receipt)]).await.says("handed in before");
    let path = format!("/portal/containers/{SERIAL}");
    portal.open(&path).await.says("The device is up to date").says("In the device");
}

#[tokio::test]
async fn the_bridge() {
    let sample = Sample::new();
    let mut technician = Browser::inside_device(&sample).await;
    let ready =
        technician.open(&format!("/containers/{SERIAL}/bridge")).await.says("Ready to cross");
    let policy = ready.headers["content-security-policy"].to_str().expect("ASCII");
    assert!(policy.ends_with("form-action 'self' https://office.example"), "{policy}");
    let (context, back, state) =
        (ready.field("context"), ready.field("return_to"), ready.field("state"));
    assert_eq!(back, "http://office.example/bridge/update");

    let foreign = [("origin", "null"), ("sec-fetch-site", "cross-site")];
    let mut portal = Browser::portal(&sample);
    let crossing =
        [("context", context.as_str()), ("return_to", back.as_str()), ("state", state.as_str())];
    let empty = portal.form_from("/portal/bridge", &crossing, &foreign).await;
    empty.says("Nothing waits for this device").says("Activate licenses for this device");

    let mut with_ids = crossing.to_vec();
    with_ids.push(("ids", ACTIVATION_ID));
    let csrf = portal.form("/portal/bridge/activate", &with_ids).await.says("Bought").field("csrf");
    let line = format!("take-{ACTIVATION_ID}-1");
    let chosen = [("csrf", csrf.as_str()), (line.as_str(), "1")];
    let check = portal.form("/portal/licenses", &chosen).await.says("Is this right?");
    let (once, shown) = (check.field("once"), check.field("shown"));
    let sent = [("csrf", &*csrf), ("context", &*context), ("once", &*once), ("shown", &*shown)];
    let update = portal.form("/portal/activate", &sent).await.says("Carry it to the device");
    let policy = update.headers["content-security-policy"].to_str().expect("ASCII");
    assert!(policy.ends_with("form-action 'self' http://office.example"), "{policy}");

    let carried = [("state", update.field("state")), ("update", update.field("update"))];
    let carried: Vec<_> = carried.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut bare = technician.stranger();
    let applied =
        bare.form_from("/bridge/update", &carried, &foreign).await.says("2 changes applied");
    let receipt = [("receipt", applied.field("receipt")), ("return_to", back), ("state", state)];
    let receipt: Vec<_> = receipt.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let closed = portal.stranger().form_from("/portal/bridge", &receipt, &foreign).await;
    closed.says("The circle is closed").says("href=\"http://office.example\"");
}

#[tokio::test]
async fn a_photograph_of_the_code_introduces_the_device() {
    let sample = Sample::new();
    let mut portal = Browser::inside_portal(&sample).await;
    let csrf = portal.open("/portal/licenses").await.field("csrf");
    let line = format!("take-{ACTIVATION_ID}-2");
    portal.form("/portal/licenses", &[("csrf", &csrf), (&line, "1")]).await;
    let (side, pixels) = QrImage::of("TENURE:CONTEXT").expect("it fits").pixels(8);
    let side = u32::try_from(side).expect("small");
    let picture = image::GrayImage::from_raw(side, side, pixels).expect("square");
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).expect("memory");
    portal.upload("/portal/device", &csrf, "photo", png.get_ref()).await.says("Is this right?");
    let blank = image::GrayImage::from_pixel(40, 40, image::Luma([255]));
    let mut png = std::io::Cursor::new(Vec::new());
    blank.write_to(&mut png, image::ImageFormat::Png).expect("memory");
    portal
        .upload("/portal/device", &csrf, "photo", png.get_ref())
        .await
        .says("No QR code was found");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_where_it_was_asked() {
    let sample = Sample::new();
    let mut portal = Browser::portal(&sample);
    portal
        .form("/portal/enter", &[("ids", " ")])
        .await
        .says("Enter the activation ID of your order.");
    portal.form("/portal/enter", &[("ids", "NO-SUCH-ID")]).await.says("“NO-SUCH-ID” is not known.");
    let both = format!("{ACTIVATION_ID}\nNO-SUCH-ID");
    let some = portal.form("/portal/enter", &[("ids", &both)]).await;
    let csrf = some.says("Not every ID you entered is known").field("csrf");
    let line = format!("take-{ACTIVATION_ID}-1");
    for (typed, said) in [
        ("99", "Only 10 can be activated."),
        ("x", "Enter a whole number."),
        ("-1", "Enter a whole number."),
    ] {
        let page = portal.form("/portal/licenses", &[("csrf", &csrf), (&line, typed)]).await;
        page.says(said).says(&format!("value=\"{typed}\"")).says("Nothing was activated.");
    }
    portal.form("/portal/licenses", &[("csrf", &csrf)]).await.says("Nothing is chosen yet");
    portal.form("/portal/licenses", &[("csrf", &csrf), (&line, "1")]).await;
    portal
        .form("/portal/device", &[("csrf", &csrf), ("text", "hello")])
        .await
        .says("This is no context");
    portal.form("/portal/device", &[("csrf", &csrf)]).await.says("Nothing was chosen.");
    portal
        .form("/portal/device", &[("csrf", &csrf), ("serial", "T-0000-0000-0000")])
        .await
        .says("has to introduce itself");
    portal.open("/portal/containers").await.says("No device yet");
    portal.open("/portal/containers/T-0000-0000-0000").await.says("not among yours");
    portal.open("/portal/nowhere").await.says("There is no such page");
    portal.form("/portal/receipt", &[("text", "hello")]).await.says("This is no receipt");
}

#[tokio::test]
async fn returns_and_replacements_ask_once() {
    let sample = Sample::new().activated();
    let mut portal = Browser::inside_portal(&sample).await;
    let csrf = portal.open("/portal/licenses").await.field("csrf");
    let path = format!("/portal/containers/{SERIAL}");
    let give_back = format!("{path}/return");
    let asked = portal.form(&give_back, &[("csrf", &csrf), ("activation", "A-0000123")]).await;
    let once = asked.says("Return this license?").says("How many, of 2").field("once");
    let sure =
        [("csrf", csrf.as_str()), ("activation", "A-0000123"), ("sure", "yes"), ("once", &once)];
    portal.form(&give_back, &sure).await.says("The return is noted").says("Return asked");
    let replace = format!("{path}/replace");
    portal
        .form(&replace, &[("csrf", &csrf), ("why", "broken")])
        .await
        .says("Report this device as broken?");
    let sure = [("csrf", csrf.as_str()), ("why", "broken"), ("sure", "yes")];
    portal.form(&replace, &sure).await.says("Too many replacements");
    let sure = [("csrf", csrf.as_str()), ("why", "lost"), ("sure", "yes")];
    let gone = portal.form(&replace, &sure).await;
    gone.says("The device is given up").says("No device yet");
    portal.open(&path).await.says("not among yours");
}

#[tokio::test]
async fn a_refused_update_says_what_to_do() {
    let sample = Sample::new();
    let mut technician = Browser::inside_device(&sample).await;
    let csrf = technician.open("/").await.field("csrf");
    let path = format!("/containers/{SERIAL}/update");
    let refused = technician.upload(&path, &csrf, "file", b"-----BEGIN TENURE UPDATE-----").await;
    refused
        .says("This update is for another container")
        .says("Look for the file that carries this device");
    technician
        .upload(&path, &csrf, "file", &[0xff, 0xfe, 0x00])
        .await
        .says("neither a text nor a PNG");
    technician.upload(&path, &csrf, "file", b"").await.says("Nothing was chosen.");
    technician
        .open("/doctor")
        .await
        .says("11 of 14 points match; 9 are needed: 2 to spare.")
        .says("System disk");
    technician.open("/containers/T-0000-0000-0000").await.says("There is no such container");
}

#[tokio::test]
async fn colors_are_kept() {
    let mut portal = Browser::portal(&Sample::new());
    assert!(!portal.open("/portal").await.html.contains("data-theme"));
    let dark = portal.form("/theme", &[("theme", "dark"), ("back", "/portal/receipt")]).await;
    dark.says("data-theme=\"dark\"").says("Hand in a receipt");
    portal
        .form("/theme", &[("theme", "system"), ("back", "//evil.example")])
        .await
        .says("Activate your licenses");
    assert!(portal.cookie("tenure_theme").is_none());
}

#[tokio::test]
async fn only_what_the_check_showed_goes_into_the_device() {
    let sample = Sample::new();
    let mut portal = Browser::inside_portal(&sample).await;
    let csrf = portal.open("/portal/licenses").await.field("csrf");
    let (one, two) = (format!("take-{ACTIVATION_ID}-1"), format!("take-{ACTIVATION_ID}-2"));
    let mut checks = Vec::new();
    for (line, count) in [(&one, "2"), (&two, "1")] {
        let chosen = [("csrf", csrf.as_str()), (line.as_str(), count)];
        portal.form("/portal/licenses", &chosen).await.says("Which device gets them?");
        checks.push(portal.upload("/portal/device", &csrf, "file", CONTEXT.as_bytes()).await);
    }
    let sent =
        |check: &Seen| ["csrf", "once", "context", "shown"].map(|name| (name, check.field(name)));
    let again = portal.send("/portal/activate", &sent(&checks[0])).await.is(409);
    let again = again.says("What you chose has changed").says("Is this right?").says(SERIAL);
    portal.open("/portal/containers").await.says("No device yet");
    portal.send("/portal/activate", &sent(&again)).await.says("The licenses are reserved");
    let empty = portal.send("/portal/activate", &sent(&again)).await.is(200);
    empty.says("Nothing is chosen any more").says("Milling cell 7");
}
