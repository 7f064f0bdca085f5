//! The committed program in LiteSVM.

use litesvm::LiteSVM;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

const PROGRAM: &[u8] = include_bytes!("../../conformance.so");

/// A chain that has the conformance program on it.
pub struct Chain {
    svm: LiteSVM,
    payer: Keypair,
    program: Address,
}

impl Chain {
    pub fn new() -> Self {
        // Transactions differ by their data only; keeping none makes thousands of them cheap.
        let mut svm = LiteSVM::new().with_sigverify(false).with_transaction_history(0);
        let (payer, program) = (Keypair::new(), Address::new_unique());
        svm.airdrop(&payer.pubkey(), 1_000_000_000_000).expect("LiteSVM funds the payer");
        svm.add_program(program, PROGRAM).expect("conformance.so is a valid SBF program");
        Self { svm, payer, program }
    }

    /// Runs one case with one seed; the error is LiteSVM's, with the logs.
    pub fn digest(&mut self, case: u64, seed: u64) -> Result<u64, String> {
        let data = [case.to_le_bytes(), seed.to_le_bytes()].concat();
        let done = self.send(&data)?;
        let digest = done.try_into().map_err(|data| format!("return data is no digest: {data:?}"))?;
        Ok(u64::from_le_bytes(digest))
    }

    /// Runs the program with this instruction data and gives what it returns.
    pub fn send(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        let instruction = Instruction { program_id: self.program, accounts: vec![], data: data.to_vec() };
        let message = Message::new(&[instruction], Some(&self.payer.pubkey()));
        let transaction = Transaction::new(&[&self.payer], message, self.svm.latest_blockhash());
        let done = self.svm.send_transaction(transaction);
        done.map(|done| done.return_data.data)
            .map_err(|failed| format!("{}\n{}", failed.err, failed.meta.pretty_logs()))
    }
}
