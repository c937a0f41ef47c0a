//! Why a watch hit an item, part by part; and where it did not, whether only one part was missing.

use crate::feed::Feed;
use crate::item::Item;

use super::query::{Expr, Node};
use super::{CompileError, Entity, Hit, Matcher, Topic, Watch, WatchName};

/// Watches, taken apart so that each part can be asked for itself.
#[derive(Debug)]
pub struct Explainer {
    /// Matches parts: each is a watch, named by its place in `parts`.
    matcher: Matcher,
    watches: Vec<WatchName>,
    /// Each part's watch, and the part as it is written.
    parts: Vec<(usize, String)>,
}

/// A watch against an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The watch.
    pub watch: WatchName,
    /// Its parts, all of which have to hold, with what bore each out.
    pub parts: Vec<(String, Option<Hit>)>,
}

impl Explanation {
    /// The parts that do not hold.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter(|(_, hit)| hit.is_none()).map(|(part, _)| part.as_str())
    }

    /// Whether all parts hold.
    pub fn is_hit(&self) -> bool {
        self.missing().next().is_none()
    }

    /// Whether just one part does not hold, and something was found for another.
    pub fn is_near_miss(&self) -> bool {
        let found = |hit: &Option<Hit>| hit.as_ref().is_some_and(|hit| !hit.proof.is_empty());
        self.missing().count() == 1 && self.parts.iter().any(|(_, hit)| found(hit))
    }
}

impl Explainer {
    /// Takes `watches` apart and compiles their parts.
    ///
    /// # Errors
    /// Fails as [`Matcher::compile`] does.
    pub fn compile(
        watches: &[Watch],
        entities: &[Entity],
        topics: &[Topic],
        feeds: &[Feed],
    ) -> Result<Self, CompileError> {
        let mut parts = Vec::new();
        let mut rules = Vec::new();
        for (index, watch) in watches.iter().enumerate() {
            for node in parts_of(&watch.query) {
                let name = WatchName::new(parts.len().to_string());
                rules.push(Watch { name, query: node.clone(), level: watch.level, sinks: Vec::new() });
                parts.push((index, node.to_string()));
            }
        }
        let matcher = Matcher::compile(&rules, entities, topics, feeds)?;
        Ok(Self { matcher, watches: watches.iter().map(|watch| watch.name.clone()).collect(), parts })
    }

    /// Every watch against `item`, in their order.
    pub fn explain(&self, item: &Item) -> Vec<Explanation> {
        let mut explanations: Vec<_> =
            self.watches.iter().map(|watch| Explanation { watch: watch.clone(), parts: Vec::new() }).collect();
        let mut hits = self.matcher.hits(item).into_iter().peekable();
        for (number, (watch, part)) in self.parts.iter().enumerate() {
            // Hits come in the order of the parts.
            let hit = hits.next_if(|hit| hit.watch.as_str() == number.to_string());
            if let Some(explanation) = explanations.get_mut(*watch) {
                explanation.parts.push((part.clone(), hit));
            }
        }
        explanations
    }
}

/// What has to hold, each by itself: the operands of an AND; of a proximity also each operand, wherever it is.
fn parts_of(query: &Node) -> Vec<&Node> {
    match &query.expr {
        Expr::And(nodes) if !nodes.is_empty() => nodes.iter().flat_map(parts_of).collect(),
        Expr::Near(_, nodes) => nodes.iter().chain([query]).collect(),
        _ => vec![query],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Level;
    use crate::matcher::query::parse;

    fn explain(query: &str, title: &str) -> Explanation {
        let query = parse(query).unwrap().node;
        let watch = Watch { name: WatchName::new("w"), query, level: Level::Info, sinks: Vec::new() };
        let item = Item::read_json(&serde_json::json!({ "title": title }).to_string()).unwrap();
        Explainer::compile(&[watch], &[], &[], &[]).unwrap().explain(&item).remove(0)
    }

    #[test]
    fn what_is_missing_is_named() {
        let query = "kim NEAR/3 (visit OR summit) AND NOT museum";
        for (title, missing, near_miss) in [
            ("Kim to visit", vec![], false),
            ("Kim stays home", vec!["visit OR summit", "kim NEAR/3 (visit OR summit)"], false),
            ("Kim and others at last after all arrive for summit", vec!["kim NEAR/3 (visit OR summit)"], true),
            ("Kim to visit a museum", vec!["NOT museum"], true),
        ] {
            let explanation = explain(query, title);
            assert_eq!(explanation.missing().collect::<Vec<_>>(), missing, "{title}");
            assert_eq!((explanation.is_hit(), explanation.is_near_miss()), (missing.is_empty(), near_miss), "{title}");
        }
        assert!(!explain("kim AND putin", "Weather").is_near_miss());
    }
}
