//! Every page of a license server and of an office, as its people see it: on a phone and on a desk, light and dark,
//! fresh, at work, and when something is wrong. Nothing is cut off, axe-core finds nothing serious.

use crate::faults::check;
use crate::window::{Window, Wish, serve};
use crate::world::{ADMIN, PASSWORD, World};

/// Pages of a license server at work.
const AT_WORK: [&str; 40] = [
    "/",
    "/?period=week",
    "/features",
    "/features/summary",
    "/features/items",
    "/features/cad",
    "/features?q=nothing-like-it",
    "/leases",
    "/leases/L-0000000000001",
    "/leases/L-0000000000001/explanation",
    "/leases/L-0000000000001/release",
    "/devices",
    "/devices/STRING/ws-01",
    "/devices/STRING/ws-01/drop",
    "/queue",
    "/pools",
    "/model",
    "/model/edit",
    "/model/split",
    "/model/history",
    "/reservations",
    "/reservations/new?feature=cad",
    "/reservations/import",
    "/history",
    "/history/device/STRING/ws-01",
    "/history/feature/cad",
    "/denials",
    "/journal",
    "/offline",
    "/offline/context",
    "/client-keys",
    "/properties",
    "/suspend",
    "/users",
    "/users/new",
    "/welcome",
    "/settings",
    "/servers",
    "/about",
    "/account",
];

/// Pages of a license server that was just started.
const FRESH: [&str; 12] = [
    "/",
    "/features",
    "/leases",
    "/devices",
    "/pools",
    "/model",
    "/reservations",
    "/history",
    "/denials",
    "/journal",
    "/offline",
    "/welcome",
];

/// Pages of an office that has sold something.
const OFFICE: [&str; 29] = [
    "/console",
    "/console/customers",
    "/console/customers/new",
    "/console/customers/C-000001",
    "/console/customers/C-000001/forget",
    "/console/entitlements",
    "/console/entitlements/new",
    "/console/entitlements/ID",
    "/console/catalog",
    "/console/catalog/products/cad@2.0",
    "/console/catalog/models",
    "/console/catalog/models/perpetual",
    "/console/lists",
    "/console/containers",
    "/console/containers/SERIAL",
    "/console/containers/SERIAL/edit",
    "/console/containers/SERIAL/lost",
    "/console/containers/SERIAL/rule",
    "/console/activations",
    "/console/activations/new",
    "/console/host-keys",
    "/console/host-keys/new",
    "/console/approvals",
    "/console/usage",
    "/console/users",
    "/console/policies",
    "/console/webhooks",
    "/console/journal",
    "/console/account",
];

const SIZES: [Wish; 4] = [
    Wish { width: 360, dark: false, scripts: true },
    Wish { width: 360, dark: true, scripts: true },
    Wish { width: 1_440, dark: false, scripts: true },
    Wish { width: 1_440, dark: true, scripts: true },
];

async fn log_in(window: &Window, site: &str, world: &World) {
    window.go(&format!("{site}{}", world.door())).await;
    window.types("name", ADMIN).await;
    window.types("password", PASSWORD).await;
    window.press("Log in").await;
    window.sees("Log out").await;
}

/// Looks at the door, logs in, and looks at each page in each size.
async fn look_at(world: &World, kind: &str, paths: &[String]) {
    let site = format!("http://127.0.0.1:{}", serve(world.pages()).await);
    let mut faults = Vec::new();
    let Some(mut window) = Window::empty(SIZES[0]).await else { return };
    window.go(&format!("{site}{}", world.door())).await;
    window.sees("Log in").await;
    in_each_size(&mut window, &format!("{kind}-login"), &mut faults).await;
    log_in(&window, &site, world).await;
    for path in paths {
        window.go(&format!("{site}{path}")).await;
        if !window.has("Served by Tenure").await {
            faults.push(format!("{path}: no page"));
            continue;
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name: String = path.chars().map(plain).collect();
        in_each_size(&mut window, &format!("{kind}{name}"), &mut faults).await;
    }
    window.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn in_each_size(window: &mut Window, name: &str, faults: &mut Vec<String>) {
    for wish in SIZES {
        window.change(wish).await;
        check(window, wish, name, faults).await;
    }
}

fn all(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[tokio::test]
async fn a_license_server_at_work() {
    look_at(&World::busy().await, "server", &all(&AT_WORK)).await;
}

#[tokio::test]
async fn a_license_server_just_started() {
    look_at(&World::unlicensed().await, "fresh", &all(&FRESH)).await;
}

#[tokio::test]
async fn an_office() {
    let (world, id) = World::selling().await;
    let serial = world.met().await;
    let paths = OFFICE.map(|path| path.replace("ID", &id).replace("SERIAL", &serial));
    look_at(&world, "office", &paths).await;
}

#[tokio::test]
async fn a_license_server_that_is_gone() {
    let mut world = World::busy().await;
    let site = format!("http://127.0.0.1:{}", serve(world.pages()).await);
    let wish = Wish { width: 360, dark: false, scripts: true };
    let Some(window) = Window::empty(wish).await else { return };
    log_in(&window, &site, &world).await;
    world.kill();
    let mut faults = Vec::new();
    for path in ["/", "/features", "/settings", "/about"] {
        window.go(&format!("{site}{path}")).await;
        window.sees("Served by Tenure").await;
        check(&window, wish, &format!("gone{}", path.replace('/', "-")), &mut faults).await;
    }
    window.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
