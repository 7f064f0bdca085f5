//! An RPC endpoint that says what a test wants to hear.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What it says when asked; null where a test does not care.
#[derive(Clone, Default)]
pub struct Says {
    /// In simulations and preflights.
    pub error: Value,
    pub logs: Vec<String>,
    /// `innerInstructions` of simulations.
    pub inner: Value,
    /// How many lamports the payer loses in simulations, if accounts are shown at all.
    pub cost: Option<u64>,
    /// The status of every transaction.
    pub status: Value,
}

/// What the endpoint was sent, and what it answers.
pub struct Rpc {
    pub url: String,
    says: Arc<Mutex<Says>>,
    sent: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Rpc {
    /// Takes everything.
    pub async fn willing() -> Self {
        Self::start("127.0.0.1:0", Value::Null, vec![]).await
    }

    /// Says that this is what `program` answers in simulation and preflight.
    pub async fn refusing(error: Value, program: &str) -> Self {
        Self::start("127.0.0.1:0", error, vec![format!("Program {program} failed: so it is")]).await
    }

    pub async fn start(address: &str, error: Value, logs: Vec<String>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent: Arc<Mutex<Vec<String>>> = Arc::default();
        let says = Arc::new(Mutex::new(Says { error, logs, ..Says::default() }));
        let (log, now) = (sent.clone(), says.clone());
        let answer = move |Json(request): Json<Value>| async move {
            let says = now.lock().unwrap().clone();
            Json(respond(&request, &says, &log))
        };
        let app = Router::new().route("/", post(answer));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, says, sent, serving }
    }

    /// Changes what it says from now on.
    pub fn says(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().unwrap());
    }

    /// How many transactions were sent.
    pub fn sent(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

impl Drop for Rpc {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn respond(request: &Value, says: &Says, sent: &Mutex<Vec<String>>) -> Value {
    let context = json!({"slot": 5});
    let result = match request["method"].as_str().unwrap() {
        "getSlot" => json!(5),
        "getLatestBlockhash" => {
            let blockhash = bs58::encode([8; 32]).into_string();
            json!({"context": context, "value": {"blockhash": blockhash, "lastValidBlockHeight": 155}})
        }
        "simulateTransaction" => {
            json!({"context": context, "value": simulated(request, says)})
        }
        "getMultipleAccounts" => {
            let count = request["params"][0].as_array().unwrap().len();
            json!({"context": context, "value": accounts(count, says.cost.map(|_| 0))})
        }
        "getSignatureStatuses" => json!({"context": context, "value": [says.status]}),
        "sendTransaction" => {
            let transaction = request["params"][0].as_str().unwrap().to_owned();
            let signature = first_signature(&transaction);
            sent.lock().unwrap().push(transaction);
            json!(signature)
        }
        other => panic!("the backend asks for {other}"),
    };
    json!({"jsonrpc": "2.0", "id": request["id"], "result": result})
}

fn simulated(request: &Value, says: &Says) -> Value {
    let count = request["params"][1]["accounts"]["addresses"].as_array().map_or(0, Vec::len);
    let after = says.cost.map(|cost| accounts(count, Some(cost)));
    json!({
        "err": says.error, "logs": says.logs, "unitsConsumed": 4321, "innerInstructions": says.inner, "accounts": after,
    })
}

/// The payer, who has a thousand lamports before it loses some, and others that are not there.
fn accounts(count: usize, lost: Option<u64>) -> Vec<Value> {
    let payer = lost.map(|lost| {
        json!({
            "lamports": 1_000 - lost, "data": ["", "base64"], "executable": false, "rentEpoch": 0, "space": 0,
            "owner": "11111111111111111111111111111111",
        })
    });
    (0..count).map(|index| if index == 0 { json!(payer) } else { Value::Null }).collect()
}

fn first_signature(transaction: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(transaction).unwrap();
    bs58::encode(&bytes[1..65]).into_string()
}
