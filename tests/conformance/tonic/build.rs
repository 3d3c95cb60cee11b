// The messages and stubs come from the same files as farcall's own.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protos = "../../../examples/interop";
    tonic_prost_build::configure().compile_protos(&[format!("{protos}/grpc/testing/test.proto")], &[protos.to_string()])?;
    Ok(())
}
