//! grpc.testing.TestService.

use crate::echo::EchoLayer;
use crate::stubs::test_service_server::{TestService, TestServiceServer};
use crate::stubs::*;
use std::pin::Pin;
use std::time::Duration;
use tokio::signal::unix::{signal, SignalKind};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Request, Response, Status, Streaming};

type Responses = Pin<Box<dyn Stream<Item = Result<StreamingOutputCallResponse, Status>> + Send>>;
type Sender = tokio::sync::mpsc::Sender<Result<StreamingOutputCallResponse, Status>>;

pub async fn run(port: &str) -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on {}", listener.local_addr()?);
    let mut terminated = signal(SignalKind::terminate())?;
    tonic::transport::Server::builder()
        .layer(EchoLayer)
        .add_service(TestServiceServer::new(Service))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async move {
            terminated.recv().await;
        })
        .await?;
    Ok(())
}

fn payload(size: i32) -> Result<Option<Payload>, Status> {
    let size = usize::try_from(size).map_err(|_| Status::invalid_argument("a negative size"))?;
    Ok(Some(Payload { r#type: 0, body: vec![0; size] }))
}

fn requested(status: Option<EchoStatus>) -> Result<(), Status> {
    match status {
        Some(status) if status.code != 0 => Err(Status::new(Code::from_i32(status.code), status.message)),
        _ => Ok(()),
    }
}

/// Whether the peer still wants more.
async fn respond(request: StreamingOutputCallRequest, sender: &Sender) -> bool {
    for parameters in &request.response_parameters {
        tokio::time::sleep(Duration::from_micros(parameters.interval_us.max(0) as u64)).await;
        let response = payload(parameters.size).map(|payload| StreamingOutputCallResponse { payload });
        if sender.send(response).await.is_err() {
            return false;
        }
    }
    match requested(request.response_status) {
        Ok(()) => true,
        Err(status) => {
            let _ = sender.send(Err(status)).await;
            false
        }
    }
}

/// Answers every request of the stream as it comes.
fn respond_to(mut requests: impl Stream<Item = Result<StreamingOutputCallRequest, Status>> + Send + Unpin + 'static) -> Response<Responses> {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(Ok(request)) = requests.next().await {
            if !respond(request, &sender).await {
                return;
            }
        }
    });
    Response::new(Box::pin(ReceiverStream::new(receiver)))
}

struct Service;

#[tonic::async_trait]
impl TestService for Service {
    type StreamingOutputCallStream = Responses;
    type FullDuplexCallStream = Responses;
    type HalfDuplexCallStream = Responses;

    async fn empty_call(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        Ok(Response::new(Empty {}))
    }

    async fn unary_call(&self, request: Request<SimpleRequest>) -> Result<Response<SimpleResponse>, Status> {
        let request = request.into_inner();
        requested(request.response_status)?;
        Ok(Response::new(SimpleResponse { payload: payload(request.response_size)?, ..Default::default() }))
    }

    async fn cacheable_unary_call(&self, _: Request<SimpleRequest>) -> Result<Response<SimpleResponse>, Status> {
        Err(Status::unimplemented("nothing is cached here"))
    }

    async fn streaming_output_call(
        &self,
        request: Request<StreamingOutputCallRequest>,
    ) -> Result<Response<Responses>, Status> {
        Ok(respond_to(tokio_stream::once(Ok(request.into_inner()))))
    }

    async fn streaming_input_call(
        &self,
        request: Request<Streaming<StreamingInputCallRequest>>,
    ) -> Result<Response<StreamingInputCallResponse>, Status> {
        let mut requests = request.into_inner();
        let mut total = 0;
        while let Some(request) = requests.message().await? {
            total += request.payload.map_or(0, |payload| payload.body.len());
        }
        Ok(Response::new(StreamingInputCallResponse { aggregated_payload_size: total as i32 }))
    }

    async fn full_duplex_call(
        &self,
        request: Request<Streaming<StreamingOutputCallRequest>>,
    ) -> Result<Response<Responses>, Status> {
        Ok(respond_to(request.into_inner()))
    }

    async fn half_duplex_call(
        &self,
        _: Request<Streaming<StreamingOutputCallRequest>>,
    ) -> Result<Response<Responses>, Status> {
        Err(Status::unimplemented("no case uses it"))
    }

    async fn unimplemented_call(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        Err(Status::unimplemented("as its name says"))
    }
}
