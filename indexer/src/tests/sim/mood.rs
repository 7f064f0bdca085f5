//! What goes wrong for a while: nodes that lag or forget, endpoints that are down, connections that are silent.

use super::node::Node;
use super::plan::{Plan, happens};
use super::world::{Due, World};
use rand::Rng;

impl World {
    /// Every node and connection may change now.
    pub fn next_mood(&mut self) {
        for node in 0..self.nodes.len() {
            self.nodes[node] = self.draw_node();
        }
        let now = self.now();
        if happens(&mut self.rng, self.plan.outages) {
            self.tally.count("outages");
            self.down_until = now + self.rng.random_range(0..15_000_000);
        }
        if happens(&mut self.rng, self.plan.silence) {
            self.tally.count("connections gone silent");
            self.silent_until = now + self.rng.random_range(0..60_000_000);
        }
        if self.is_troubled() {
            let after = self.rng.random_range(1_000_000..5_000_000);
            self.schedule(after, Due::Mood);
        }
    }

    fn draw_node(&mut self) -> Node {
        let lag =
            if self.plan.lag > 0 && self.rng.random() { self.rng.random_range(0..self.plan.lag) } else { 0 };
        let forgets = happens(&mut self.rng, self.plan.forgetting);
        if forgets {
            self.tally.count("nodes that forgot old history");
        }
        let begins = if forgets { self.rng.random_range(100..=self.chain.slot) } else { 0 };
        Node { lag, begins, frozen: None }
    }

    /// Whether things go wrong at all, or will again.
    pub fn is_troubled(&self) -> bool {
        self.left > 0 || self.aftermath > 0
    }

    /// From now on everything works.
    pub fn heal(&mut self) {
        let Plan { poll, latency, nodes, live_limit, batch, .. } = self.plan;
        self.plan = Plan { poll, latency, nodes, live_limit, batch, ..Plan::still() };
        self.nodes = vec![Node::default(); nodes];
        (self.down_until, self.silent_until) = (0, 0);
    }
}
