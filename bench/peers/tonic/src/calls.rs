//! One call of each workload, and whether its answer is right.

use crate::stubs::complex_message::{Carriage, Driver};
use crate::stubs::{Blob, ComplexMessage, StreamRequest, SumRequest};
use crate::Client;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::{AsciiMetadataKey, KeyRef, MetadataMap};
use tonic::{Request, Status};

const EXPECTED: i32 = 5;

#[derive(Clone, Copy, PartialEq)]
pub enum Workload {
    GetSum,
    Complex,
    StreamSum,
    CollectSum,
    EchoSum,
    Echo,
}

impl Workload {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "get_sum" => Self::GetSum,
            "complex" => Self::Complex,
            "stream_sum" => Self::StreamSum,
            "collect_sum" => Self::CollectSum,
            "echo_sum" => Self::EchoSum,
            "echo" => Self::Echo,
            _ => return None,
        })
    }
}

/// What each call sends.
pub struct Plan {
    workload: Workload,
    messages: usize,
    metadata: usize,
    sum: SumRequest,
    stream: StreamRequest,
    complex: ComplexMessage,
    blob: Blob,
}

fn complex_message() -> ComplexMessage {
    ComplexMessage {
        train: "Penryn to Falmouth Docks, calling at Penmere and Falmouth Town".to_string(),
        length: 92.75,
        speed: 88.5,
        on_time: true,
        platform: 2,
        departure: 1_700_000_000_000,
        driver: Some(Driver::Name("Morwenna Trevithick".to_string())),
        carriages: (0..5)
            .map(|i| Carriage { number: format!("15312{i}"), colour: 1 + i % 3, seats: 60 + 8 * i })
            .collect(),
    }
}

impl Plan {
    pub fn new(workload: Workload, messages: usize, size: usize, metadata: usize) -> Self {
        Self {
            workload,
            messages,
            metadata,
            sum: SumRequest { a: 2, b: 3, return_metadata: metadata > 0 },
            stream: StreamRequest { a: 2, b: 3, count: messages as i32 },
            complex: complex_message(),
            blob: Blob { data: vec![b'x'; size] },
        }
    }

    pub fn messages_of(&self, calls: i64) -> i64 {
        match self.workload {
            Workload::StreamSum | Workload::CollectSum | Workload::EchoSum => calls * self.messages as i64,
            _ => calls,
        }
    }

    /// Every fourth entry is another one in each call, as in the other clients.
    fn add_metadata(&self, to: &mut MetadataMap, call: i64) {
        for entry in 0..self.metadata as i64 {
            let value = if entry % 4 == 0 { call } else { 0x5eed_0000 + entry };
            let name: AsciiMetadataKey = format!("bench-entry-{entry:02}").parse().expect("a name of metadata");
            to.insert(name, format!("{value:016x}").parse().expect("a value of metadata"));
        }
    }
}

pub async fn call(client: &mut Client, plan: &Plan, number: i64) -> Result<(), String> {
    let outcome = match plan.workload {
        Workload::GetSum => get_sum(client, plan, number).await,
        Workload::Complex => complex(client, plan).await,
        Workload::StreamSum => stream_sum(client, plan).await,
        Workload::CollectSum => collect_sum(client, plan).await,
        Workload::EchoSum => echo_sum(client, plan).await,
        Workload::Echo => echo(client, plan).await,
    };
    outcome.map_err(|status| status.to_string())
}

fn check(right: bool, otherwise: &str) -> Result<(), Status> {
    if right {
        Ok(())
    } else {
        Err(Status::data_loss(otherwise))
    }
}

fn check_sum(result: i32) -> Result<(), Status> {
    check(result == EXPECTED, "a reply is not the sum")
}

async fn get_sum(client: &mut Client, plan: &Plan, number: i64) -> Result<(), Status> {
    let mut request = Request::new(plan.sum);
    plan.add_metadata(request.metadata_mut(), number);
    let response = client.get_sum(request).await?;
    if plan.metadata > 0 {
        let returned = response.metadata().keys().filter(|name| match name {
            KeyRef::Ascii(name) => name.as_str().starts_with("bench-"),
            KeyRef::Binary(_) => false,
        });
        check(returned.count() == plan.metadata, "the metadata did not come back")?;
    }
    check_sum(response.get_ref().result)
}

async fn complex(client: &mut Client, plan: &Plan) -> Result<(), Status> {
    let reply = client.complex(plan.complex.clone()).await?.into_inner();
    let right = reply.train == plan.complex.train && reply.carriages.len() == plan.complex.carriages.len();
    check(right, "the message came back as another one")
}

async fn echo(client: &mut Client, plan: &Plan) -> Result<(), Status> {
    let reply = client.echo(plan.blob.clone()).await?.into_inner();
    let right = reply.data.len() == plan.blob.data.len() && reply.data.last() == Some(&b'x');
    check(right, "the bytes came back as others")
}

async fn stream_sum(client: &mut Client, plan: &Plan) -> Result<(), Status> {
    let mut replies = client.stream_sum(plan.stream).await?.into_inner();
    let mut received = 0;
    while let Some(reply) = replies.message().await? {
        check_sum(reply.result)?;
        received += 1;
    }
    check(received == plan.messages, "the stream ended early or late")
}

async fn collect_sum(client: &mut Client, plan: &Plan) -> Result<(), Status> {
    let requests = tokio_stream::iter(std::iter::repeat_n(plan.sum, plan.messages));
    let reply = client.collect_sum(requests).await?.into_inner();
    check(reply.result == EXPECTED * plan.messages as i32, "the reply is not the sum of all")
}

async fn echo_sum(client: &mut Client, plan: &Plan) -> Result<(), Status> {
    let (requests, receiver) = mpsc::channel(1);
    let gone = || Status::data_loss("the stream ended early");
    requests.send(plan.sum).await.map_err(|_| gone())?;
    let mut replies = client.echo_sum(ReceiverStream::new(receiver)).await?.into_inner();
    for round in 0..plan.messages {
        if round > 0 {
            requests.send(plan.sum).await.map_err(|_| gone())?;
        }
        check_sum(replies.message().await?.ok_or_else(gone)?.result)?;
    }
    drop(requests);
    check(replies.message().await?.is_none(), "the stream ended late")
}
