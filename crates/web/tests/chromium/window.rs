//! A browser window with both sites behind it, and the words in which the tests use it.
//!
//! The portal is asked for as `localhost` and the device as `127.0.0.1`: two sites for the browser, as in life.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde_json::json;
use tempfile::TempDir;
use tenure_web::{InProcess, SiteOptions, device, portal};
use thirtyfour::prelude::*;

/// How long a page may take to show what it shall.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// What kind of window is wanted.
#[derive(Clone, Copy)]
pub struct Wish {
    pub width: u32,
    pub dark: bool,
    pub scripts: bool,
}

pub const DESK: Wish = Wish { width: 1_280, dark: false, scripts: true };

pub struct Window {
    pub driver: WebDriver,
    pub portal: String,
    pub device: String,
    pub folder: TempDir,
    wish: Wish,
    _chromedriver: Running,
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = |name: &&str| {
        env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    };
    names.iter().find_map(found)
}

impl Window {
    /// Opens a window on a portal and a device. `None` where there is no browser and that is allowed.
    pub async fn open(wish: Wish, sample: &crate::sample::Sample) -> Option<Self> {
        let mut window = Self::empty(wish).await?;
        let title = |title: &str| SiteOptions { title: title.to_owned(), ..SiteOptions::default() };
        let office = portal(Arc::new(InProcess::new(sample.office())), title("Acme Instruments"));
        window.portal = format!("http://localhost:{}", serve(office.expect("randomness")).await);
        let options =
            SiteOptions { office: Some(window.portal.clone()), ..title("Milling cell 7") };
        let agent = device(Arc::new(InProcess::new(sample.agent())), options);
        window.device = format!("http://127.0.0.1:{}", serve(agent.expect("randomness")).await);
        Some(window)
    }

    /// Opens a window on nothing yet.
    pub async fn empty(wish: Wish) -> Option<Self> {
        let browser = on_path(&["chromium", "chromium-browser", "google-chrome"]);
        let (Some(browser), Some(chromedriver)) = (browser, on_path(&["chromedriver"])) else {
            let message = "no chromium or chromedriver on the PATH: install the packages chromium and chromium-driver; \
                           these pages were NOT looked at";
            assert!(env::var_os("CI").is_none(), "{message}");
            eprintln!("{message}");
            return None;
        };
        let (chromedriver, port) = start(&chromedriver);
        let folder = TempDir::new().expect("a folder");
        let driver = WebDriver::new(
            format!("http://127.0.0.1:{port}"),
            capabilities(&browser, wish, folder.path()),
        )
        .await
        .expect("a browser");
        let (portal, device) = (String::new(), String::new());
        let window = Self { driver, portal, device, folder, wish, _chromedriver: chromedriver };
        window.dress().await;
        Some(window)
    }

    /// Shows the same page in another size and theme.
    pub async fn change(&mut self, wish: Wish) {
        self.wish = wish;
        self.dress().await;
    }

    async fn dress(&self) {
        let theme = if self.wish.dark { "dark" } else { "light" };
        let cdp = self.driver.cdp();
        // Nothing moves: colors are those of the theme at once.
        let still = json!({"name": "prefers-reduced-motion", "value": "reduce"});
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": theme}, still]});
        cdp.send_raw("Emulation.setEmulatedMedia", media).await.expect("colors");
        let size = json!({"width": self.wish.width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await.expect("a size");
    }

    pub async fn go(&self, address: &str) {
        self.driver.goto(address).await.expect("a page");
    }

    /// Waits until the page shows these words.
    #[track_caller]
    pub fn sees<'w>(&'w self, words: &'w str) -> impl Future<Output = WebElement> + 'w {
        self.find(format!("//body//*[text()[contains(normalize-space(.), \"{words}\")]]"))
    }

    /// Whether the page that is shown now has these words.
    pub async fn has(&self, words: &str) -> bool {
        self.driver.source().await.is_ok_and(|page| page.contains(words))
    }

    /// Presses the button or link with these words.
    pub async fn press(&self, words: &str) {
        let by = format!(
            "//button[not(@aria-hidden) and contains(normalize-space(.), \"{words}\")] | //a[contains(normalize-space(.), \"{words}\")]"
        );
        let found = self.find(by).await;
        found.click().await.unwrap_or_else(|error| panic!("“{words}” can't be pressed: {error}"));
    }

    /// Types into the field with this id or name.
    pub async fn types(&self, field: &str, text: &str) {
        let found = self.find(format!("//*[@id=\"{field}\" or @name=\"{field}\"]")).await;
        found
            .send_keys(text)
            .await
            .unwrap_or_else(|error| panic!("{field} takes no text: {error}"));
    }

    async fn find(&self, path: String) -> WebElement {
        let query = self.driver.query(By::XPath(path.clone())).wait(PATIENCE, LOOK_EVERY);
        match query.first().await {
            Ok(found) => found,
            Err(error) => {
                let page = self.driver.source().await.unwrap_or_default();
                panic!("{path} does not appear: {error}\n{page}");
            }
        }
    }

    /// Waits until a file that ends like this is in the folder of downloads, and whole.
    pub async fn downloaded(&self, ending: &str) -> PathBuf {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        for _ in 0..PATIENCE.as_millis() / LOOK_EVERY.as_millis() {
            let files = std::fs::read_dir(self.folder.path()).expect("the folder").flatten();
            let mut paths = files.map(|file| file.path());
            if let Some(found) = paths.find(|path| path.to_string_lossy().ends_with(ending)) {
                return found;
            }
            looks.tick().await;
        }
        panic!("no file …{ending} was downloaded");
    }

    /// Ends the browser. Without it the browser would end with its driver, but less politely.
    pub async fn close(self) {
        self.driver.clone().quit().await.expect("the browser ends");
    }
}

fn capabilities(browser: &Path, wish: Wish, folder: &Path) -> thirtyfour::ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(&browser.to_string_lossy()).expect("an option");
    for word in [
        "--headless=new",
        "--hide-scrollbars",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--lang=en-US",
    ] {
        capabilities.add_arg(word).expect("an option");
    }
    let mut preferences = json!({
        "download.default_directory": folder.to_string_lossy(),
        "download.prompt_for_download": false,
        "intl.accept_languages": "en-US",
    });
    if !wish.scripts {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    capabilities.add_experimental_option("prefs", preferences).expect("an option");
    capabilities
}

/// Starts the driver on a free port and waits for its ready line.
fn start(program: &Path) -> (Running, u16) {
    let mut child = Command::new(program)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let output = child.stdout.take().expect("its output");
    let running = Running(child);
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let port = line
            .split_once("successfully on port ")
            .map(|(_, port)| port.trim_end_matches('.').trim());
        if let Some(port) = port.and_then(|port| port.parse().ok()) {
            return (running, port);
        }
    }
    panic!("chromedriver ended without a ready line");
}

/// Serves pages on a port of their own, until the test ends.
pub async fn serve(router: Router) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}
