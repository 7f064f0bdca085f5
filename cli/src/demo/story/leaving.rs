//! The part in which someone leaves, and so completes a decision.

use super::super::output::Output;
use super::super::stage::{ADA, BEN, CLEO, DAN};
use super::{Open, Story};
use anyhow::{Result, bail};
use chorale_client::Action;
use chorale_domain::event::Event;
use chorale_domain::id::Amount;
use chorale_domain::settlement::divest_share;

impl Story<'_> {
    pub(super) async fn leave(&mut self, out: &mut impl Output) -> Result<()> {
        out.line("\nDan asks again. Ada and Cleo would have him; Ben does not vote, and leaves the thread.");
        let dans = self.propose(out, DAN).await?;
        self.vote(out, ADA, dans, true, "vote_cast").await?;
        self.vote(out, CLEO, dans, true, "vote_cast").await?;
        self.divest(out, BEN).await?;
        out.line("\nSo everyone who is left has approved. Whoever likes can settle that: Dan does.");
        self.settle(out, DAN, dans, 2).await?;
        out.line("\nBen asks to come back. Nobody has decided yet; the stake waits in escrow.");
        let bens = self.propose(out, BEN).await?;
        self.vote(out, CLEO, bens, true, "vote_cast").await
    }

    async fn divest(&mut self, out: &mut impl Output, player: usize) -> Result<()> {
        let before = self.thread_state(player)?;
        let due = divest_share(before.token_balance.0, before.co_authors, self.rules.min_thread_balance.0);
        let at_least = Amount(due.saturating_add(self.claimable(player)?.0));
        let step = (Action::Divest { thread: self.thread, at_least }, "divested");
        let event = self.stage.play(out, player, step, "leaves").await?;
        let Event::Divested { share, claimed, .. } = event.event else {
            bail!("the departure came as {}", event.event.kind())
        };
        out.line(&format!(
            "  {share} of the thread's {} and {claimed} not claimed yet, to the wallet's token account; \
             the thread must keep {}",
            before.token_balance, self.rules.min_thread_balance
        ));
        self.expect("the part of who leaves", share, due);
        Ok(())
    }

    async fn settle(
        &mut self,
        out: &mut impl Output,
        player: usize,
        proposal: Open,
        approvers: u32,
    ) -> Result<()> {
        let Open { hash, author } = proposal;
        let step = (Action::Settle { thread: self.thread, hash, author }, "proposal_approved");
        let event = self.stage.play(out, player, step, "settles, and so it is approved").await?;
        self.approved(out, &event.event, proposal, approvers)
    }
}
