//! The page as a person meets it: things found by role and accessible name, clicked and typed into for real.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::browser::Browser;

/// How long something may take to appear.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// How often what is pressed may be drawn anew just before.
const MAX_REDRAWS: usize = 5;
/// Pause between two looks at the page.
const LOOK_EVERY_MS: u64 = 40;

/// Something on the page with a role and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Role of ARIA.
    pub role: String,
    /// Accessible name.
    pub name: String,
    /// Value of a field.
    pub value: String,
    /// Whether it can be used.
    pub enabled: bool,
    /// States of ARIA that hold: `focused`, `invalid`, `expanded`, `busy`, `modal`.
    states: Vec<String>,
    node: i64,
}

impl Thing {
    /// Whether a state of ARIA holds.
    pub fn is(&self, state: &str) -> bool {
        self.states.iter().any(|held| held == state)
    }
}

/// Where a thing is in the window, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// How a name is matched.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    /// The very name.
    Is(&'a str),
    /// Its end, for names with a varying part before.
    Ends(&'a str),
    /// Any part of it.
    Has(&'a str),
    /// Any name.
    Any,
}

impl Name<'_> {
    /// Whether a name is the wanted one.
    pub(crate) fn fits(self, name: &str) -> bool {
        match self {
            Self::Is(wanted) => name == wanted,
            Self::Ends(wanted) => name.ends_with(wanted),
            Self::Has(wanted) => name.contains(wanted),
            Self::Any => true,
        }
    }
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Self {
        Self::Is(name)
    }
}

/// Clicks, keys and gestures that a person has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Clicks and taps.
    pub n_clicks: u32,
}

/// One tab's page.
pub struct Screen<'a> {
    browser: &'a Browser,
    effort: std::cell::Cell<Effort>,
}

impl<'a> Screen<'a> {
    /// The page of the browser's current tab.
    pub fn of(browser: &'a Browser) -> Self {
        Self { browser, effort: std::cell::Cell::default() }
    }

    /// What it has cost so far.
    pub fn effort(&self) -> Effort {
        self.effort.get()
    }

    /// Everything on the page that has a role.
    pub async fn things(&self) -> Result<Vec<Thing>> {
        let tree = self.browser.devtools("Accessibility.getFullAXTree", json!({})).await?;
        let nodes = tree["nodes"].as_array().cloned().unwrap_or_default();
        Ok(nodes.iter().filter(|node| node["ignored"] != json!(true)).filter_map(thing).collect())
    }

    /// Whether a name or a value on the page has these words now.
    pub async fn says(&self, words: &str) -> Result<bool> {
        Ok(self.things().await?.iter().any(|thing| thing.name.contains(words) || thing.value.contains(words)))
    }

    /// The first thing of this role and name, if it is there now.
    pub async fn look(&self, role: &str, name: impl Into<Name<'_>>) -> Result<Option<Thing>> {
        let name = name.into();
        Ok(self.things().await?.into_iter().find(|thing| thing.role == role && name.fits(&thing.name)))
    }

    /// Everything of this role and name that is there now.
    pub async fn all(&self, role: &str, name: impl Into<Name<'_>>) -> Result<Vec<Thing>> {
        let name = name.into();
        Ok(self.things().await?.into_iter().filter(|thing| thing.role == role && name.fits(&thing.name)).collect())
    }

    /// Waits for a thing of this role and name.
    pub async fn find(&self, role: &str, name: impl Into<Name<'_>>) -> Result<Thing> {
        let name = name.into();
        let found =
            self.wait(|things| things.iter().find(|thing| thing.role == role && name.fits(&thing.name)).cloned());
        found.await.with_context(|| format!("there is no {role} {name:?}"))
    }

    /// Waits until no thing of this role and name is there.
    pub async fn find_none(&self, role: &str, name: impl Into<Name<'_>>) -> Result<()> {
        let name = name.into();
        let gone = |things: &[Thing]| {
            let is_there = things.iter().any(|thing| thing.role == role && name.fits(&thing.name));
            (!is_there).then_some(())
        };
        self.wait(gone).await.with_context(|| format!("there still is a {role} {name:?}"))
    }

    /// Looks until something is seen.
    pub async fn wait<T>(&self, see: impl Fn(&[Thing]) -> Option<T>) -> Result<T> {
        let n_looks = u64::try_from(MAX_WAIT.as_millis())? / LOOK_EVERY_MS;
        let mut things = Vec::new();
        for _ in 0..n_looks {
            things = self.things().await?;
            if let Some(seen) = see(&things) {
                return Ok(seen);
            }
            // The page gives its next paint; nothing else is waited for.
            let next = format!("new Promise((done) => setTimeout(() => done(true), {LOOK_EVERY_MS}))");
            self.browser.evaluate(&next).await?;
        }
        let seen: Vec<String> = things.iter().map(|thing| format!("{} «{}»", thing.role, thing.name)).collect();
        let console = self.browser.console().await.unwrap_or_default();
        bail!("waited in vain; on the page: {}; console: {console:#?}", seen.join(", "))
    }

    /// The browser that shows it.
    pub fn browser(&self) -> &'a Browser {
        self.browser
    }

    /// Where a thing is now.
    pub async fn place_of(&self, thing: &Thing) -> Result<Place> {
        let model = self.browser.devtools("DOM.getBoxModel", json!({ "backendNodeId": thing.node })).await?;
        let corner = |index: usize| model["model"]["border"][index].as_f64().context("the thing has no box");
        let (x, y) = (corner(0)?, corner(1)?);
        Ok(Place { x, y, width: corner(4)? - x, height: corner(5)? - y })
    }

    /// Clicks it where a person would.
    pub async fn click(&self, thing: &Thing) -> Result<()> {
        let node = json!({ "backendNodeId": thing.node });
        self.browser.devtools("DOM.scrollIntoViewIfNeeded", node).await?;
        let place = self.place_of(thing).await?;
        let (x, y) = (place.x + place.width / 2.0, place.y + place.height / 2.0);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.browser.devtools("Input.dispatchMouseEvent", event).await?;
        }
        let mut effort = self.effort.get();
        effort.n_clicks += 1;
        self.effort.set(effort);
        Ok(())
    }

    /// Waits for a thing that can be used, and clicks it.
    pub async fn press(&self, role: &str, name: impl Into<Name<'_>>) -> Result<()> {
        let name = name.into();
        let ready = |things: &[Thing]| {
            things.iter().find(|thing| thing.role == role && name.fits(&thing.name) && thing.enabled).cloned()
        };
        for _ in 0..MAX_REDRAWS {
            let thing = self.wait(&ready).await.with_context(|| format!("no {role} {name:?} to press"))?;
            match self.click(&thing).await {
                // It was drawn anew between the look and the click: a person clicks what stands there then.
                Err(error) if format!("{error:#}").contains("detached from document") => {}
                clicked => return clicked,
            }
        }
        bail!("{role} {name:?} is drawn anew each time it is looked at")
    }

    /// Waits for a field, puts the caret into it and types.
    pub async fn fill(&self, name: impl Into<Name<'_>>, text: &str) -> Result<()> {
        let field = self.find("textbox", name).await?;
        self.browser.devtools("DOM.focus", json!({ "backendNodeId": field.node })).await?;
        self.type_text(text).await
    }

    /// Waits for a field and writes in the place of what stands in it.
    pub async fn write_over(&self, name: impl Into<Name<'_>>, text: &str) -> Result<()> {
        self.fill(name, "").await?;
        self.select_all().await?;
        if text.is_empty() { self.key("Delete").await } else { self.type_text(text).await }
    }

    /// Types where the caret is.
    pub async fn type_text(&self, text: &str) -> Result<()> {
        self.browser.devtools("Input.insertText", json!({ "text": text })).await?;
        Ok(())
    }

    /// Selects everything in the field that has the caret.
    pub async fn select_all(&self) -> Result<()> {
        self.browser.evaluate("document.activeElement.select()").await?;
        Ok(())
    }

    /// Waits for a thing of this role and name whose text holds `part`, and gives the text.
    pub async fn find_text(&self, role: &str, name: impl Into<Name<'_>>, part: &str) -> Result<String> {
        let name = name.into();
        let n_looks = u64::try_from(MAX_WAIT.as_millis())? / LOOK_EVERY_MS;
        let mut texts = Vec::new();
        for _ in 0..n_looks {
            texts = self.texts(role, name).await.unwrap_or_default();
            if let Some(text) = texts.iter().rev().find(|text| text.contains(part)) {
                return Ok(text.clone());
            }
            self.next_frame().await?;
        }
        let console = self.browser.console().await.unwrap_or_default();
        bail!("no {role} {name:?} says «{part}»; they say {texts:?}; console: {console:#?}")
    }

    /// Waits for the next frame.
    pub(crate) async fn next_frame(&self) -> Result<()> {
        self.browser.evaluate("new Promise((done) => requestAnimationFrame(() => done(true)))").await?;
        Ok(())
    }

    /// All text inside a thing, as it is shown.
    pub async fn text_of(&self, thing: &Thing) -> Result<String> {
        let text = self.call_on(thing, "function () { return this.innerText; }").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Calls a function on the element of a thing.
    pub(crate) async fn call_on(&self, thing: &Thing, function: &str) -> Result<Value> {
        let node = json!({ "backendNodeId": thing.node });
        let object = self.browser.devtools("DOM.resolveNode", node).await?;
        let call = json!({
            "objectId": object["object"]["objectId"],
            "functionDeclaration": function,
            "returnByValue": true,
        });
        let answer = self.browser.devtools("Runtime.callFunctionOn", call).await?;
        Ok(answer["result"]["value"].clone())
    }

    /// Texts of all things of a role whose name fits, in order.
    pub async fn texts(&self, role: &str, name: impl Into<Name<'_>>) -> Result<Vec<String>> {
        let name = name.into();
        let mut texts = Vec::new();
        for thing in self.things().await?.iter().filter(|thing| thing.role == role && name.fits(&thing.name)) {
            texts.push(self.text_of(thing).await?);
        }
        Ok(texts)
    }
}

/// Reads a node of the accessibility tree, if it is anything to a person.
pub(crate) fn thing(node: &Value) -> Option<Thing> {
    let text = |field: &str| node[field]["value"].as_str().unwrap_or_default().to_owned();
    let role = text("role");
    if role.is_empty() || role == "none" || role == "generic" {
        return None;
    }
    let holds = |property: &&Value| [json!(true), json!("true")].contains(&property["value"]["value"]);
    let properties = node["properties"].as_array().into_iter().flatten().filter(holds);
    let states: Vec<String> = properties.filter_map(|property| property["name"].as_str().map(str::to_owned)).collect();
    Some(Thing {
        role,
        name: text("name"),
        value: text("value"),
        enabled: !states.iter().any(|state| state == "disabled"),
        states,
        node: node["backendDOMNodeId"].as_i64()?,
    })
}
