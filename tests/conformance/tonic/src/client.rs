//! The cases of the client. tonic has no verb for "cancel": a call is cancelled by dropping it, so the two cases of
//! cancellation can only see that the connection serves on.

use crate::echo::{INITIAL, TRAILING};
use crate::stubs::test_service_client::TestServiceClient;
use crate::stubs::unimplemented_service_client::UnimplementedServiceClient;
use crate::stubs::*;
use std::time::Duration;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

type Outcome = Result<(), Box<dyn std::error::Error>>;
type Client = TestServiceClient<Channel>;

const LIMIT: Duration = Duration::from_secs(30);

pub async fn run(host: &str, port: &str, case: &str) -> Outcome {
    let channel = Endpoint::from_shared(format!("http://{host}:{port}"))?.connect().await?;
    let client = TestServiceClient::new(channel.clone());
    // Not a deadline of the calls: no case may hang.
    tokio::time::timeout(LIMIT, run_case(channel, client, case)).await?
}

async fn run_case(channel: Channel, client: Client, case: &str) -> Outcome {
    match case {
        "empty_unary" => empty_unary(client).await,
        "large_unary" => large_unary(client).await,
        "client_streaming" => client_streaming(client).await,
        "server_streaming" => server_streaming(client).await,
        "ping_pong" => ping_pong(client).await,
        "empty_stream" => empty_stream(client).await,
        "cancel_after_begin" => cancel_after_begin(client).await,
        "cancel_after_first_response" => cancel_after_first_response(client).await,
        "timeout_on_sleeping_server" => timeout_on_sleeping_server(client).await,
        "custom_metadata" => custom_metadata(client).await,
        "status_code_and_message" => status_code_and_message(client).await,
        "special_status_message" => special_status_message(client).await,
        "unimplemented_method" => unimplemented_method(client).await,
        "unimplemented_service" => unimplemented_service(channel).await,
        _ => Err(format!("there is no case {case}").into()),
    }
}

fn check(holds: bool, what: impl Into<String>) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(what.into().into())
    }
}

fn check_status<T>(result: Result<T, Status>, code: Code) -> Result<Status, Box<dyn std::error::Error>> {
    match result {
        Err(status) if status.code() == code => Ok(status),
        Err(status) => Err(format!("expected {code:?}, got {status}").into()),
        Ok(_) => Err(format!("expected {code:?}, the call succeeded").into()),
    }
}

fn zeros(size: usize) -> Option<Payload> {
    Some(Payload { r#type: 0, body: vec![0; size] })
}

fn large_request() -> SimpleRequest {
    SimpleRequest { response_size: 314_159, payload: zeros(271_828), ..Default::default() }
}

fn check_large(response: &SimpleResponse) -> Outcome {
    let body = response.payload.as_ref().map_or(&[][..], |payload| &payload.body);
    check(body == vec![0; 314_159], "the response is not 314159 zero bytes")
}

fn output_request(sizes: &[i32], size: usize) -> StreamingOutputCallRequest {
    let response_parameters =
        sizes.iter().map(|size| ResponseParameters { size: *size, ..Default::default() }).collect();
    StreamingOutputCallRequest { response_parameters, payload: zeros(size), ..Default::default() }
}

fn check_size(response: Option<StreamingOutputCallResponse>, size: i32) -> Outcome {
    let response = response.ok_or("the stream ended before its time")?;
    let found = response.payload.map_or(0, |payload| payload.body.len());
    check(found == size as usize, format!("expected {size} bytes, got {found}"))
}

/// A request stream that the case writes to.
fn requests<T: Send + 'static>() -> (tokio::sync::mpsc::Sender<T>, ReceiverStream<T>) {
    let (sender, receiver) = tokio::sync::mpsc::channel(8);
    (sender, ReceiverStream::new(receiver))
}

async fn empty_unary(mut client: Client) -> Outcome {
    client.empty_call(Empty {}).await?;
    Ok(())
}

async fn large_unary(mut client: Client) -> Outcome {
    check_large(client.unary_call(large_request()).await?.get_ref())
}

async fn client_streaming(mut client: Client) -> Outcome {
    let sizes = [27_182, 8, 1_828, 45_904];
    let requests = sizes.map(|size| StreamingInputCallRequest { payload: zeros(size), ..Default::default() });
    let response = client.streaming_input_call(tokio_stream::iter(requests)).await?.into_inner();
    let total = response.aggregated_payload_size;
    check(total == 74_922, format!("expected 74922 bytes in all, got {total}"))
}

async fn server_streaming(mut client: Client) -> Outcome {
    let sizes = [31_415, 9, 2_653, 58_979];
    let mut responses = client.streaming_output_call(output_request(&sizes, 0)).await?.into_inner();
    for size in sizes {
        check_size(responses.message().await?, size)?;
    }
    check(responses.message().await?.is_none(), "more than four responses came")
}

async fn ping_pong(mut client: Client) -> Outcome {
    let (sender, receiver) = requests();
    let mut responses = client.full_duplex_call(receiver).await?.into_inner();
    for (request_size, size) in [(27_182, 31_415), (8, 9), (1_828, 2_653), (45_904, 58_979)] {
        sender.send(output_request(&[size], request_size)).await?;
        check_size(responses.message().await?, size)?;
    }
    drop(sender);
    check(responses.message().await?.is_none(), "a response came that nobody had asked for")
}

async fn empty_stream(mut client: Client) -> Outcome {
    let mut responses = client.full_duplex_call(tokio_stream::empty()).await?.into_inner();
    check(responses.message().await?.is_none(), "a response came to no request")
}

async fn cancel_after_begin(mut client: Client) -> Outcome {
    let (sender, receiver) = requests::<StreamingInputCallRequest>();
    let mut other = client.clone();
    {
        let call = other.streaming_input_call(receiver);
        let begun = tokio::time::timeout(Duration::from_millis(100), call).await;
        check(begun.is_err(), "the server answered a request that it does not have")?;
    }
    drop(sender);
    empty_unary(client.clone()).await?;
    check_large(client.unary_call(large_request()).await?.get_ref())
}

async fn cancel_after_first_response(client: Client) -> Outcome {
    let (sender, receiver) = requests();
    let mut responses = client.clone().full_duplex_call(receiver).await?.into_inner();
    sender.send(output_request(&[31_415], 27_182)).await?;
    check_size(responses.message().await?, 31_415)?;
    drop(responses);
    large_unary(client).await
}

async fn timeout_on_sleeping_server(mut client: Client) -> Outcome {
    let (sender, receiver) = requests();
    sender.send(output_request(&[], 27_182)).await?;
    let mut request = Request::new(receiver);
    request.set_timeout(Duration::from_millis(1));
    let result = match client.full_duplex_call(request).await {
        Ok(responses) => responses.into_inner().message().await,
        Err(status) => Err(status),
    };
    // tonic's own timer says CANCELLED where gRPC says DEADLINE_EXCEEDED; which of the two comes first is a race.
    match result {
        Err(status) if status.code() == Code::Cancelled && status.message() == "Timeout expired" => Ok(()),
        other => check_status(other, Code::DeadlineExceeded).map(drop),
    }
}

fn with_metadata<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(INITIAL, MetadataValue::from_static("test_initial_metadata_value"));
    request.metadata_mut().insert_bin(TRAILING, MetadataValue::from_bytes(b"\xab\xab\xab"));
    request
}

fn check_initial<T>(response: &Response<T>) -> Outcome {
    let value = response.metadata().get(INITIAL);
    check(
        value.is_some_and(|value| value == "test_initial_metadata_value"),
        "the initial metadata did not come back",
    )
}

fn check_trailing(trailers: Option<&tonic::metadata::MetadataMap>) -> Outcome {
    let value = trailers.and_then(|trailers| trailers.get_bin(TRAILING)).and_then(|value| value.to_bytes().ok());
    check(
        value.is_some_and(|value| value.as_ref() == b"\xab\xab\xab"),
        "the trailing metadata did not come back",
    )
}

async fn custom_metadata(mut client: Client) -> Outcome {
    let response = client.unary_call(with_metadata(large_request())).await?;
    check_large(response.get_ref())?;
    check_initial(&response)?;
    // tonic merges a unary call's trailers into its metadata.
    check_trailing(Some(response.metadata()))?;

    let requests = tokio_stream::once(output_request(&[314_159], 271_828));
    let response = client.full_duplex_call(with_metadata(requests)).await?;
    check_initial(&response)?;
    let mut responses = response.into_inner();
    check_size(responses.message().await?, 314_159)?;
    check(responses.message().await?.is_none(), "a response came that nobody had asked for")?;
    check_trailing(responses.trailers().await?.as_ref())
}

fn echo_status(message: &str) -> Option<EchoStatus> {
    Some(EchoStatus { code: 2, message: message.to_string() })
}

async fn check_unary_status(client: &mut Client, message: &str) -> Outcome {
    let request = SimpleRequest { response_status: echo_status(message), ..Default::default() };
    let status = check_status(client.unary_call(request).await, Code::Unknown)?;
    check(status.message() == message, format!("the message came back as {:?}", status.message()))
}

async fn status_code_and_message(mut client: Client) -> Outcome {
    let message = "test status message";
    check_unary_status(&mut client, message).await?;
    let request = StreamingOutputCallRequest { response_status: echo_status(message), ..Default::default() };
    let result = match client.full_duplex_call(tokio_stream::once(request)).await {
        Ok(responses) => responses.into_inner().message().await,
        Err(status) => Err(status),
    };
    let status = check_status(result, Code::Unknown)?;
    check(status.message() == message, format!("the stream's message came back as {:?}", status.message()))
}

async fn special_status_message(mut client: Client) -> Outcome {
    let message = "\t\ntest with whitespace\r\nand Unicode BMP \u{263a} and non-BMP \u{1f608}\t\n";
    check_unary_status(&mut client, message).await
}

async fn unimplemented_method(mut client: Client) -> Outcome {
    check_status(client.unimplemented_call(Empty {}).await, Code::Unimplemented).map(drop)
}

async fn unimplemented_service(channel: Channel) -> Outcome {
    let mut client = UnimplementedServiceClient::new(channel);
    check_status(client.unimplemented_call(Empty {}).await, Code::Unimplemented).map(drop)
}
