//! Vectors of reading alone: envelope, armor and QR text, nothing verified.

use serde_json::{Value, json};
use tenure_document::{
    Bytes, ContainerId, Hash, OpOutcome, OpResult, Receipt, armor, qr_text, read_document, seal,
    summarize,
};

use super::{Book, publisher};

const FILE: &str = "reading";

/// A small document: one Ed25519 signature, about 600 bytes.
pub fn receipt() -> Receipt {
    Receipt {
        id: ContainerId([7; 16]),
        generation: 1,
        sequence: 3,
        history_hash: Hash::of(b"history"),
        results: vec![OpResult {
            sequence: 3,
            op_id: "op-3".into(),
            result: OpOutcome::Applied,
            taken: None,
        }],
        nonce: Bytes(vec![1, 2, 3, 4, 5, 6, 7, 8]),
        at: publisher::now(),
    }
}

fn read(document: &str) -> Value {
    json!({ "do": "read", "document": document })
}

/// Every prefix of a small document, in both forms, with the code it must give.
pub fn truncations() -> Value {
    let envelope = seal(&receipt(), &[&publisher::server_key(9)]);
    let forms = [envelope.to_json(), armor(&envelope, &summarize(&envelope))];
    let results = forms.map(|text| {
        let mut runs: Vec<(usize, String)> = Vec::new();
        // The last line end of the armor may be missing.
        let whole = text.trim_end().len();
        for length in 0..whole {
            let code = match read_document(&text.as_bytes()[..length]) {
                Ok(_) => "ok",
                Err(error) => error.code(),
            };
            if runs.last().is_none_or(|(_, last)| last != code) {
                runs.push((length, code.to_owned()));
            }
        }
        let runs: Vec<Value> =
            runs.iter().map(|(from, code)| json!({ "from": from, "result": code })).collect();
        json!({ "document": text, "lengths_below": whole, "results": runs })
    });
    json!({ "truncations": results })
}

pub fn write(book: &mut Book) {
    let envelope = seal(&receipt(), &[&publisher::server_key(9)]);
    let json = envelope.to_json();
    good(book, &json);
    shapes(book, &json);
    encodings(book, &json);
    armors(book);
    qrs(book);
}

fn add(book: &mut Book, name: &str, why: &str, text: impl Into<Vec<u8>>, result: &str) {
    let document = book.document(&format!("read-{name}"), text);
    book.vector(FILE, name, why, &[read(&document)], result);
}

/// Replaces exactly one place.
fn swap(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from} stands once");
    text.replacen(from, to, 1)
}

fn good(book: &mut Book, json: &str) {
    add(book, "plain", "the compact form", json, "ok");
    let spaced = swap(json, ",\"payload\":", " ,\r\n\t\"payload\" : ") + "\n";
    add(book, "spaced", "white space between members counts for nothing", spaced, "ok");
    let start = json.find("\"keyid\"").expect("there is a hint");
    let end = json.find("\"sig\"").expect("there is a signature");
    let without = format!("{}{}", &json[..start], &json[end..]);
    add(book, "no-hint", "the key hint may be missing", without, "ok");
}

fn shapes(book: &mut Book, json: &str) {
    add(book, "empty", "no bytes", "", "malformed-envelope");
    add(book, "spaces", "white space only", "  \n", "malformed-envelope");
    add(book, "not-json", "some other file", "<html></html>", "malformed-envelope");
    add(book, "list", "a list", "[]", "malformed-envelope");
    let values = "[\"x\",\"AA==\",[{\"sig\":\"AA==\"}]]";
    add(book, "positional", "the values of the members in a list", values, "malformed-envelope");
    let values = "{\"payloadType\":\"x\",\"payload\":\"AA==\",\"signatures\":[[null,\"AA==\"]]}";
    add(book, "positional-signature", "the same of a signature", values, "malformed-envelope");
    let bom = format!("\u{feff}{json}");
    add(book, "bom", "a byte order mark in front", bom, "malformed-envelope");
    add(book, "trailing-brace", "one brace too many", format!("{json}}}"), "trailing-data");
    add(book, "trailing-text", "text behind the end", format!("{json}x"), "trailing-data");
    add(book, "two-documents", "two documents in one", format!("{json}{json}"), "trailing-data");
    add(book, "nul-behind", "a zero byte behind the end", format!("{json}\0"), "trailing-data");
    let twice = swap(json, "{\"payloadType\"", "{\"payload\":\"\",\"payloadType\"");
    add(book, "payload-twice", "a member stands twice", twice, "duplicate-member");
    let twice = swap(json, "{\"payloadType\"", "{\"p\\u0061yload\":\"\",\"payloadType\"");
    add(book, "payload-twice-escaped", "the same, once escaped", twice, "duplicate-member");
    let twice = swap(json, "\"sig\"", "\"sig\":\"\",\"sig\"");
    add(book, "sig-twice", "a signature has two signatures", twice, "duplicate-member");
    let unknown = swap(json, "{\"payloadType\"", "{\"alg\":\"none\",\"payloadType\"");
    add(book, "unknown-member", "a member of the envelope is unknown", unknown, "unknown-member");
    let unknown = swap(json, "\"sig\"", "\"alg\":\"HS256\",\"sig\"");
    add(book, "alg-in-signature", "a signature names an algorithm", unknown, "unknown-member");
    let unknown = swap(json, "\"payloadType\"", "\"PayloadType\"");
    add(book, "other-case", "names are exact", unknown, "unknown-member");
    let missing = "{\"payloadType\":\"x\",\"signatures\":[{\"sig\":\"AA==\"}]}";
    add(book, "no-payload", "the payload is missing", missing, "malformed-envelope");
    let number = "{\"payloadType\":\"x\",\"payload\":5,\"signatures\":[{\"sig\":\"AA==\"}]}";
    add(book, "payload-number", "the payload is a number", number, "malformed-envelope");
    let none = "{\"payloadType\":\"x\",\"payload\":\"AA==\",\"signatures\":[]}";
    add(book, "no-signature", "the list of signatures is empty", none, "no-signature");
    let null = "{\"payloadType\":\"x\",\"payload\":\"AA==\",\"signatures\":null}";
    add(book, "null-signatures", "signatures are null", null, "malformed-envelope");
    let nine = ["{\"sig\":\"AA==\"}"; 9].join(",");
    let nine = format!("{{\"payloadType\":\"x\",\"payload\":\"AA==\",\"signatures\":[{nine}]}}");
    add(book, "nine-signatures", "more than eight signatures", nine, "too-many-signatures");
    let spaced =
        "{\"payloadType\":\"a b\",\"payload\":\"AA==\",\"signatures\":[{\"sig\":\"AA==\"}]}";
    add(book, "type-with-space", "the type string is not plain", spaced, "malformed-envelope");
    let long = format!(
        "{{\"payloadType\":\"{}\",\"payload\":\"AA==\",\"signatures\":[{{\"sig\":\"AA==\"}}]}}",
        "x".repeat(129)
    );
    add(book, "type-too-long", "the type string has 129 characters", long, "malformed-envelope");
    let deep =
        swap(json, "\"sig\"", &format!("\"batch\":{}1{},\"sig\"", "[".repeat(14), "]".repeat(14)));
    add(book, "depth-17", "seventeen levels", deep, "too-deep");
    let float = swap(json, "\"sig\"", "\"batch\":{\"sequence\":1.0},\"sig\"");
    add(book, "fraction", "a number with a fraction", float, "not-an-integer");
    let long = json.len();
    let padding = (1 << 20) + 1 - long;
    book.document("read-oversize", json);
    let step = json!({ "do": "read", "document": "read-oversize", "append_spaces": padding });
    book.vector(FILE, "oversize", "1 MiB and one byte", &[step], "too-large");
    let step = json!({ "do": "read", "document": "read-oversize", "append_spaces": padding - 1 });
    book.vector(FILE, "largest", "exactly 1 MiB", &[step], "ok");
}

fn encodings(book: &mut Book, json: &str) {
    let with = |payload: &str| {
        format!(
            "{{\"payloadType\":\"x\",\"payload\":\"{payload}\",\"signatures\":[{{\"sig\":\"AA==\"}}]}}"
        )
    };
    add(book, "canonical", "the canonical form", with("aGk="), "ok");
    add(book, "no-padding", "the padding is missing", with("aGk"), "not-canonical");
    add(book, "too-much-padding", "too much padding", with("aGk=="), "not-canonical");
    add(book, "trailing-bits", "set bits behind the end", with("aGl="), "not-canonical");
    add(book, "line-break", "a line break in base64", with("aG\\nk="), "not-canonical");
    add(book, "space", "a space in base64", with("aGk= "), "not-canonical");
    add(book, "url-alphabet", "the other alphabet", with("_-8="), "not-canonical");
    add(book, "data-after-padding", "data behind the padding", with("aGk=aGk="), "not-canonical");
    let sig = swap(json, "\"sig\":\"", "\"sig\":\" ");
    add(book, "space-in-signature", "a space in a signature", sig, "not-canonical");
    let mut bytes = json.as_bytes().to_vec();
    let place = json.find("application").expect("the type is there");
    bytes[place] = 0xff;
    add(book, "not-utf8", "a byte that is not UTF-8", bytes, "malformed-envelope");
}

fn armors(book: &mut Book) {
    let envelope = seal(&receipt(), &[&publisher::server_key(9)]);
    let text = armor(&envelope, &summarize(&envelope));
    add(book, "armor", "the text form", text.as_str(), "ok");
    add(book, "armor-crlf", "line ends CR LF", text.replace('\n', "\r\n"), "ok");
    add(book, "armor-blank-first", "empty lines in front", format!("\n\n{text}"), "ok");
    add(book, "armor-bare", "without a summary", armor(&envelope, &[]), "ok");
    let other = text.replace("TENURE RECEIPT", "TENURE UPDATE");
    add(book, "armor-label", "the label names another type", other, "armor-mismatch");
    let other = swap(&text, "END TENURE RECEIPT", "END TENURE UPDATE");
    add(book, "armor-end-label", "the END line differs", other, "malformed-armor");
    let other = swap(&text, "-----BEGIN TENURE", "----BEGIN TENURE");
    add(book, "armor-four-dashes", "a dash is missing", other, "malformed-envelope");
    let other = swap(&text, "-----BEGIN TENURE", "-----BEGIN PGP");
    add(book, "armor-foreign", "the text form of another program", other, "malformed-armor");
    let end = text.find("-----END").expect("there is an END line");
    add(book, "armor-no-end", "the END line is missing", &text[..end], "malformed-armor");
    let blank = swap(&text, "\n\n", "\n");
    add(book, "armor-no-blank", "the empty line is missing", blank, "malformed-armor");
    let start = text.find("\n\n").expect("there is an empty line") + 2;
    let (head, body) = text.split_at(start);
    let (first, rest) = body.split_at(65);
    let short = format!("{head}{}\n{}\n{rest}", &first[..60], &first[60..64]);
    add(book, "armor-short-line", "a line in the middle is short", short, "malformed-armor");
    let long = format!("{head}{}{rest}", &first[..64]);
    add(book, "armor-long-line", "a line is longer than 64", long, "malformed-armor");
    let space = format!("{head}{} \n{rest}", &first[..64]);
    add(book, "armor-space", "a space at the end of a line", space, "malformed-armor");
    let bad = format!("{head}!{}{rest}", &first[1..]);
    add(book, "armor-not-base64", "a character that is not base64", bad, "not-canonical");
    add(book, "armor-behind", "text behind the END line", format!("{text}x\n"), "trailing-data");
    add(book, "armor-twice", "two documents", format!("{text}{text}"), "trailing-data");
}

/// `TENURE:` and base45 of these bytes.
fn qr(packed: &[u8]) -> String {
    const BASE45: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut text = "TENURE:".to_owned();
    for pair in packed.chunks(2) {
        let mut value = pair.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
        for _ in 0..=pair.len() {
            text.push(BASE45[value % 45] as char);
            value /= 45;
        }
    }
    text
}

/// The same of a frame, which is put into one stored block of deflate.
fn stored(frame: &[u8]) -> String {
    let length = u16::try_from(frame.len()).expect("a short frame");
    let head = [[1].as_slice(), &length.to_le_bytes(), &(!length).to_le_bytes()].concat();
    qr(&[head.as_slice(), frame].concat())
}

/// A frame with one signature of two bytes over the payload `hi`.
fn frame(version: u8, payload_type: &str, signatures: u8) -> Vec<u8> {
    let mut frame = vec![version, payload_type.len() as u8];
    frame.extend(payload_type.as_bytes());
    frame.push(signatures);
    for _ in 0..signatures {
        frame.extend([1, b'k', 0, 2, 0xaa, 0xbb]);
    }
    frame.extend(b"hi");
    frame
}

fn qrs(book: &mut Book) {
    let text = qr_text(&seal(&receipt(), &[&publisher::server_key(9)])).expect("it has one");
    add(book, "qr", "the text of a QR code", text.as_str(), "ok");
    add(book, "qr-spaces", "white space around it", format!(" \r\n{text}\n"), "ok");
    add(book, "qr-stored", "any deflate will do", stored(&frame(1, "x", 1)), "ok");
    add(book, "qr-eight", "eight signatures", stored(&frame(1, "x", 8)), "ok");
    let mut hintless = frame(1, "x", 1);
    hintless.splice(4..6, [255]);
    add(book, "qr-no-hint", "255 stands for no hint", stored(&hintless), "ok");

    add(book, "qr-empty", "nothing behind the name", "TENURE:", "malformed-qr");
    add(book, "qr-lower", "small letters", text.to_lowercase(), "malformed-envelope");
    add(book, "qr-letter", "a small letter within", text.replace("0", "o"), "malformed-qr");
    add(book, "qr-group", "a group above 65535", "TENURE::::", "malformed-qr");
    add(book, "qr-lone", "a group of one character", format!("{}A", qr(b"hi")), "malformed-qr");
    add(book, "qr-cut", "the end is missing", &text[..text.len() - 3], "malformed-qr");
    add(book, "qr-not-packed", "not deflate", qr(&[0xff; 20]), "malformed-qr");
    let behind = format!("{}AB0", stored(&frame(1, "x", 1)));
    add(book, "qr-behind", "bytes behind the packed ones", behind, "trailing-data");
    add(
        book,
        "qr-version",
        "a frame of another version",
        stored(&frame(2, "x", 1)),
        "malformed-qr",
    );
    add(
        book,
        "qr-short",
        "the frame ends in a signature",
        stored(&frame(1, "x", 1)[..7]),
        "malformed-qr",
    );
    add(book, "qr-unsigned", "no signature", stored(&frame(1, "x", 0)), "no-signature");
    add(book, "qr-nine", "nine signatures", stored(&frame(1, "x", 9)), "too-many-signatures");
    let spaced = stored(&frame(1, "a b", 1));
    add(book, "qr-type", "the type string is not plain", spaced, "malformed-envelope");
    // 1,032 zeros for each byte: two MiB in two thousand.
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![0; 2 << 20], 10);
    add(book, "qr-bomb", "unpacks to more than 1 MiB", qr(&bomb), "too-large");
}
