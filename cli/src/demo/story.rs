//! The story: how someone becomes a co-author, how someone does not, how someone leaves, and where the stakes go.

mod leaving;
mod seen;

use super::compare::Difference;
use super::corpus::{Document, Section};
use super::output::Output;
use super::stage::{ADA, BEN, CLEO, DAN, Stage, quoted};
use anyhow::{Context, Result, bail};
use chorale_client::Action;
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::{Amount, ThreadId, Wallet};
use chorale_domain::settlement::{Tally, split_approved, split_rejected};
use chorale_domain::state::{Entity, EntityKey, Proposal};
use chorale_wire::socket::Room;

/// A proposal as the story goes on with it.
#[derive(Clone, Copy)]
struct Open {
    hash: ContentHash,
    author: Wallet,
}

/// What the deployment's configuration says about proposing and leaving.
#[derive(Clone, Copy)]
struct Rules {
    proposal_ttl: i64,
    cooldown: i64,
    min_thread_balance: Amount,
}

/// The story in one thread.
struct Story<'a> {
    stage: &'a mut Stage,
    thread: ThreadId,
    stake: Amount,
    texts: Vec<&'a Section>,
    rules: Rules,
    faults: Vec<Difference>,
}

/// Plays the story with the first document's sections, and returns what did not go by the rules. One
/// proposal stays open, so that there is something in escrow to compare.
///
/// # Errors
/// If a step fails.
pub async fn tell(stage: &mut Stage, document: &Document, out: &mut impl Output) -> Result<Vec<Difference>> {
    out.heading(&format!("A thread, and who owns it: {}", document.name));
    let config = stage.info.config.as_ref().context("the backend has no configuration")?;
    // Odd, so that it does not divide between two.
    let stake = Amount(2 * config.min_stake.0 + 1);
    let rules = Rules {
        proposal_ttl: config.proposal_ttl,
        cooldown: config.divest_cooldown,
        min_thread_balance: config.min_thread_balance,
    };
    let mut texts: Vec<_> = document.sections.iter().cycle().take(7).collect();
    texts.reverse();
    let thread = stage.begin_thread(out, ADA, &document.name).await?;
    let mut story = Story { stage, thread, stake, texts, rules, faults: vec![] };
    story.play(out).await?;
    Ok(story.faults)
}

impl Story<'_> {
    async fn play(&mut self, out: &mut impl Output) -> Result<()> {
        self.publish(out).await?;
        self.join(out).await?;
        out.line("\nAda and Ben take out what their approvals earned them.");
        self.claim(out, ADA).await?;
        self.claim(out, BEN).await?;
        out.line("\nDan asks to join, and thinks better of it before anyone has voted.");
        let dans = self.propose(out, DAN).await?;
        self.cancel(out, DAN, dans).await?;
        match self.rules.cooldown {
            0 => self.leave(out).await,
            // Nobody watches a demo for a day.
            _ => self.wait(out).await,
        }
    }

    async fn join(&mut self, out: &mut impl Output) -> Result<()> {
        out.line("\nBen asks to join. Ada is the only co-author, so her vote decides.");
        let bens = self.propose(out, BEN).await?;
        self.approve(out, ADA, bens, 1).await?;
        out.line("\nCleo asks to join. Ada would have her, Ben would not: unanimity is out of reach.");
        let cleos = self.propose(out, CLEO).await?;
        self.vote(out, ADA, cleos, true, "vote_cast").await?;
        self.rejected(out, BEN, cleos).await?;
        out.line("\nCleo asks again with another text, and both approve.");
        let cleos = self.propose(out, CLEO).await?;
        self.vote(out, BEN, cleos, true, "vote_cast").await?;
        self.approve(out, ADA, cleos, 2).await
    }

    async fn wait(&mut self, out: &mut impl Output) -> Result<()> {
        out.line("\nDan asks again. Nobody has decided yet; the stake waits in escrow.");
        let dans = self.propose(out, DAN).await?;
        self.vote(out, CLEO, dans, true, "vote_cast").await
    }

    async fn upload(&mut self, player: usize) -> Result<(ContentHash, String)> {
        let section = self.texts.pop().context("the story has run out of texts")?;
        let hash = self.stage.upload(player, self.thread, &section.body).await?;
        Ok((hash, section.title.clone()))
    }

    async fn publish(&mut self, out: &mut impl Output) -> Result<()> {
        let (hash, title) = self.upload(ADA).await?;
        let thread = self.thread;
        let step = (Action::Publish { thread, hash }, "message_published");
        let words = format!("publishes {}", quoted(&title));
        self.stage.play(out, ADA, step, &words).await.map(|_| ())
    }

    async fn propose(&mut self, out: &mut impl Output, player: usize) -> Result<Open> {
        let (hash, title) = self.upload(player).await?;
        let (thread, stake) = (self.thread, self.stake);
        // By the chain's clock alone, which cannot be behind the thread's last change.
        let open_until = self.thread_state(player)?.updated_at.saturating_add(self.rules.proposal_ttl);
        let step = (Action::Propose { thread, hash, stake, open_until }, "proposal_created");
        let words = format!("proposes {}, staking {stake}", quoted(&title));
        self.stage.play(out, player, step, &words).await?;
        let author = self.stage.players[player].me.wallet();
        Ok(Open { hash, author })
    }

    async fn vote(
        &mut self,
        out: &mut impl Output,
        player: usize,
        proposal: Open,
        approve: bool,
        kind: &'static str,
    ) -> Result<()> {
        self.decide(out, player, proposal, approve, kind).await.map(|_| ())
    }

    /// Votes so that an event of `kind` follows, which is returned.
    async fn decide(
        &mut self,
        out: &mut impl Output,
        player: usize,
        Open { hash, .. }: Open,
        approve: bool,
        kind: &'static str,
    ) -> Result<Event> {
        let Proposal { thread, author, stake, .. } = self.proposal_state(player, hash)?;
        let action = Action::Vote { thread, hash, author, stake, approve };
        let vote = if approve { "approves" } else { "denies" };
        let words = match kind {
            "proposal_approved" => format!("{vote}, and so it is approved"),
            "proposal_rejected" => format!("{vote}, and so it is rejected"),
            _ => vote.into(),
        };
        let event = self.stage.play(out, player, (action, kind), &words).await?;
        Ok(event.event)
    }

    /// Approves as the last one who had to.
    async fn approve(
        &mut self,
        out: &mut impl Output,
        player: usize,
        proposal: Open,
        approvers: u32,
    ) -> Result<()> {
        let event = self.decide(out, player, proposal, true, "proposal_approved").await?;
        self.approved(out, &event, proposal, approvers)
    }

    fn approved(
        &mut self,
        out: &mut impl Output,
        event: &Event,
        proposal: Open,
        approvers: u32,
    ) -> Result<()> {
        let Event::ProposalApproved { member, share, to_treasury, .. } = *event else {
            bail!("the approval came as {}", event.kind())
        };
        let split = split_approved(self.stake.0, approvers);
        out.line(&format!(
            "  member {member} joins; {share} to each of {approvers} approver(s), {to_treasury} to the treasury"
        ));
        self.expect("each approver's share", share, split.share);
        self.expect("the treasury's part of an approved stake", to_treasury, split.treasury);
        self.expect_member(member, proposal.author)
    }

    async fn rejected(&mut self, out: &mut impl Output, player: usize, proposal: Open) -> Result<()> {
        let event = self.decide(out, player, proposal, false, "proposal_rejected").await?;
        let Event::ProposalRejected { to_treasury, to_thread, .. } = event else {
            bail!("the rejection came as {}", event.kind())
        };
        let (co_authors, approvals, denials) = (2, 1, 1);
        let tally = Tally { co_authors, approvals, denials };
        let split = split_rejected(self.stake.0, tally);
        out.line(&format!(
            "  of the stake {to_treasury} go to the treasury and {to_thread} to the thread's balance"
        ));
        self.expect("the treasury's part of a rejected stake", to_treasury, split.treasury);
        self.expect("the thread's part of a rejected stake", to_thread, split.thread);
        Ok(())
    }

    async fn claim(&mut self, out: &mut impl Output, player: usize) -> Result<()> {
        let action = Action::Claim { thread: self.thread };
        let event = self.stage.play(out, player, (action, "claimed"), "claims").await?;
        if let Event::Claimed { amount, .. } = event.event {
            out.line(&format!("  {amount} to the wallet's token account"));
        }
        Ok(())
    }

    async fn cancel(&mut self, out: &mut impl Output, player: usize, proposal: Open) -> Result<()> {
        let action = Action::Cancel { thread: self.thread, hash: proposal.hash };
        let step = (action, "proposal_cancelled");
        let event = self.stage.play(out, player, step, "takes the proposal back").await?;
        if let Event::ProposalCancelled { refund, .. } = event.event {
            out.line(&format!("  {refund} back to the wallet's token account"));
            self.expect("the refund of a cancelled proposal", refund, self.stake.0);
        }
        Ok(())
    }

    fn expect(&mut self, what: &str, found: Amount, by_the_rules: u64) {
        if found.0 != by_the_rules {
            self.faults.push(Difference {
                what: format!("{what} (the rules say {by_the_rules})"),
                place: "the rules".into(),
                on_chain: Some(found.to_string()),
                found: Some(by_the_rules.to_string()),
            });
        }
    }

    /// The approved author must be that member in every client's own state.
    fn expect_member(&mut self, number: u32, author: Wallet) -> Result<()> {
        let key = EntityKey::Member(self.thread, number);
        for player in &self.stage.players {
            let room = player.watch.room(Room::Thread(self.thread))?;
            let found = match room.entities().get(&key) {
                Some(Entity::Member(member)) => Some(member.wallet),
                _ => None,
            };
            if found != Some(author) {
                self.faults.push(Difference {
                    what: format!("wallet of {key}"),
                    place: format!("{}'s own state", player.name),
                    on_chain: Some(author.to_string()),
                    found: found.map(|wallet| wallet.to_string()),
                });
            }
        }
        Ok(())
    }
}
