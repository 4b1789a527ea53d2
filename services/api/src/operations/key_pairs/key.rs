//! Keys: made, read, written, and named by their fingerprints.
//!
//! EC2 computes a fingerprint in three ways. Of an RSA key that it made: SHA-1 of the private key in PKCS#8. Of one that was imported: MD5 of
//! the public key in X.509. Of an Ed25519 key: SHA-256 of the public key as OpenSSH has it, in Base64. Source: the EC2 user guide, "Verify
//! the fingerprint of your key pair".

use base64::{Engine, prelude::BASE64_STANDARD};
use md5::{Digest, Md5};
use multihome_core::key_pairs as rules;
use multihome_runtime::Failure;
use multihome_types::{KeyKind, Refusal};
use rsa::{
    BigUint, RsaPrivateKey, RsaPublicKey,
    pkcs1::EncodeRsaPrivateKey,
    pkcs8::{DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding},
    traits::PublicKeyParts,
};
use sha1::Sha1;
use sha2::Sha256;
use ssh_key::{
    Algorithm, Mpint, PrivateKey,
    public::{KeyData, RsaPublicKey as SshRsaPublicKey},
    rand_core::OsRng,
};

/// What EC2 makes.
const RSA_BITS: usize = 2048;
const RFC_4716_BEGIN: &str = "---- BEGIN SSH2 PUBLIC KEY ----";
const RFC_4716_END: &str = "---- END SSH2 PUBLIC KEY ----";

/// The public half of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    pub kind: KeyKind,
    pub fingerprint: String,
    /// As it travels in SSH.
    blob: Vec<u8>,
}

impl PublicKey {
    /// A line for `authorized_keys`.
    pub(super) fn line(&self, comment: &str) -> String {
        let algorithm = match self.kind {
            KeyKind::Rsa => "ssh-rsa",
            KeyKind::Ed25519 => "ssh-ed25519",
        };
        format!("{algorithm} {} {comment}", BASE64_STANDARD.encode(&self.blob))
    }

    /// The three forms that EC2 takes: a line of OpenSSH, the file of RFC 4716, and X.509 in Base64 (which PEM is, too).
    pub(super) fn imported(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        if let Some(file) = text.strip_prefix(RFC_4716_BEGIN).and_then(|rest| rest.strip_suffix(RFC_4716_END)) {
            return Self::of_blob(&base64(&rfc_4716_body(file))?, None);
        }
        if text.starts_with("ssh-") || text.starts_with("ecdsa-") {
            let mut words = text.split_ascii_whitespace();
            let (algorithm, blob) = (words.next(), words.next().ok_or_else(rules::bad_format)?);
            return if text.lines().count() == 1 { Self::of_blob(&base64(blob)?, algorithm) } else { Err(rules::bad_format()) };
        }
        let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        let key = RsaPublicKey::from_public_key_der(&base64(&body)?).map_err(|_| rules::bad_format())?;
        Self::of_rsa(&key)
    }

    fn of_blob(blob: &[u8], algorithm: Option<&str>) -> Result<Self, Refusal> {
        let key = ssh_key::PublicKey::from_bytes(blob).map_err(|_| rules::bad_format())?;
        if algorithm.is_some_and(|named| named != key.algorithm().as_str()) {
            return Err(rules::bad_format());
        }
        match key.key_data() {
            KeyData::Ed25519(_) => Ok(Self::of_ed25519(blob.to_vec())),
            KeyData::Rsa(SshRsaPublicKey { e, n }) => {
                let [n, e] = [n, e].map(|number| number.as_positive_bytes().map(BigUint::from_bytes_be));
                let (n, e) = n.zip(e).ok_or_else(rules::bad_format)?;
                rules::check_rsa_bits(n.bits())?;
                Self::of_rsa(&RsaPublicKey::new(n, e).map_err(|_| rules::bad_format())?)
            }
            _ => Err(rules::bad_format()),
        }
    }

    fn of_ed25519(blob: Vec<u8>) -> Self {
        Self { kind: KeyKind::Ed25519, fingerprint: BASE64_STANDARD.encode(<Sha256 as sha2::Digest>::digest(&blob)), blob }
    }

    /// As imported.
    fn of_rsa(key: &RsaPublicKey) -> Result<Self, Refusal> {
        rules::check_rsa_bits(key.n().bits())?;
        let document = key.to_public_key_der().map_err(|_| rules::bad_format())?;
        let blob = rsa_blob(key).map_err(|_| rules::bad_format())?;
        Ok(Self { kind: KeyKind::Rsa, fingerprint: pairs(&Md5::digest(document.as_bytes())), blob })
    }
}

/// A new pair: the public half, and the text of the private one.
pub(super) fn generate(kind: KeyKind) -> Result<(PublicKey, String), Failure> {
    match kind {
        KeyKind::Rsa => {
            let key = RsaPrivateKey::new(&mut OsRng, RSA_BITS)?;
            let fingerprint = pairs(&Sha1::digest(key.to_pkcs8_der()?.as_bytes()));
            let public = PublicKey { kind, fingerprint, blob: rsa_blob(&key.to_public_key())? };
            Ok((public, key.to_pkcs1_pem(LineEnding::LF)?.to_string()))
        }
        KeyKind::Ed25519 => {
            let key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519)?;
            Ok((PublicKey::of_ed25519(key.public_key().to_bytes()?), key.to_openssh(LineEnding::LF)?.to_string()))
        }
    }
}

fn rsa_blob(key: &RsaPublicKey) -> ssh_key::Result<Vec<u8>> {
    let number = |number: &BigUint| Mpint::from_positive_bytes(&number.to_bytes_be());
    let key = SshRsaPublicKey { e: number(key.e())?, n: number(key.n())? };
    ssh_key::PublicKey::from(KeyData::Rsa(key)).to_bytes()
}

/// Headers have a colon, and go on in the next line where one ends in a backslash.
fn rfc_4716_body(file: &str) -> String {
    let mut in_header = false;
    let is_body = |line: &&str| {
        let header = in_header || line.contains(':');
        in_header = header && line.ends_with('\\');
        !header
    };
    file.lines().filter(is_body).collect()
}

fn base64(text: &str) -> Result<Vec<u8>, Refusal> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(digits).map_err(|_| rules::bad_format())
}

/// Bytes as EC2 shows a digest.
fn pairs(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use rsa::pkcs1::DecodeRsaPrivateKey;

    use super::*;

    // Made with ssh-keygen and openssl, which computed the fingerprints.
    const RSA: &str = "AAAAB3NzaC1yc2EAAAADAQABAAAAgQDEbGnY/uc1Jt5Mam9Xtmi85WQkAmJAdUdbAhU1HjY4f3IlIcUfRVJyRGqlPlZ4qMONgZ7UzTfgdoyqPbqV9TPLleR4WkZr0xF5bnIVBMXwzf3fVu6/iN5tnv7BpAHwM9Cuni1W5TWn+VIj0qr7ymCttjZnTqln0XtN9n2oZl68JQ==";
    const RSA_X509: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEbGnY/uc1Jt5Mam9Xtmi85WQkAmJAdUdbAhU1HjY4f3IlIcUfRVJyRGqlPlZ4qMONgZ7UzTfgdoyqPbqV9TPLleR4WkZr0xF5bnIVBMXwzf3fVu6/iN5tnv7BpAHwM9Cuni1W5TWn+VIj0qr7ymCttjZnTqln0XtN9n2oZl68JQIDAQAB";
    const RSA_FINGERPRINT: &str = "19:71:56:1c:d5:0e:4f:83:0a:7f:aa:71:e3:f8:ae:03";
    const ED25519: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIMUrLXU5+i8hGwyzZuf6hh+s6goOcAUZL+ZsQuc8Nj/4";
    const ED25519_FINGERPRINT: &str = "jYRykCrrjsRnKGRHSS93PQ3tdeSTrp9xsOHEUi1CBn4=";
    const ECDSA: &str = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBJv30dvKh3HNoLdAkwuKIrM/o8cq+HQmM3DUxAPLOW8JCLJatbHc2vwEjJW2gvtS3xUtSenpRdr4ULLFmagn7IY=";

    #[test]
    fn the_three_forms_of_a_public_key_are_one_key() {
        let (body, rest) = RSA.split_at(70);
        let file = format!("{RFC_4716_BEGIN}\nComment: \"1024-bit RSA, \\\nof: somebody\"\nx-tag: a\n{body}\n{rest}\n{RFC_4716_END}\n");
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", RSA_X509);
        for text in [format!("ssh-rsa {RSA}"), format!("ssh-rsa {RSA} some body\n"), file, RSA_X509.to_owned(), pem] {
            let key = PublicKey::imported(&text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!((key.kind, &*key.fingerprint), (KeyKind::Rsa, RSA_FINGERPRINT), "{text}");
            assert_eq!(key.line("mine"), format!("ssh-rsa {RSA} mine"));
        }
        let key = PublicKey::imported(&format!("ssh-ed25519 {ED25519} me")).unwrap();
        assert_eq!((key.kind, &*key.fingerprint), (KeyKind::Ed25519, ED25519_FINGERPRINT));
        assert_eq!(key.line("mine"), format!("ssh-ed25519 {ED25519} mine"));
    }

    #[test]
    fn anything_else_is_no_key() {
        for text in [
            String::new(),
            "ssh-rsa".to_owned(),
            "ssh-rsa AAAA".to_owned(),
            format!("ssh-ed25519 {RSA}"),
            format!("ssh-rsa {RSA}\nssh-ed25519 {ED25519}"),
            format!("ssh-rsa {}", &RSA[..100]),
            format!("ecdsa-sha2-nistp256 {ECDSA}"),
            RSA.to_owned(),
            format!("{RFC_4716_BEGIN}\n{RSA}"),
            "-----BEGIN PUBLIC KEY-----".to_owned(),
        ] {
            assert_eq!(PublicKey::imported(&text).unwrap_err().code, "InvalidKey.Format", "{text}");
        }
    }

    #[test]
    fn a_new_rsa_pair_is_of_one_key_and_named_by_its_private_half() {
        let (public, text) = generate(KeyKind::Rsa).unwrap();
        assert!(text.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        let private = RsaPrivateKey::from_pkcs1_pem(&text).unwrap();
        assert_eq!((private.n().bits(), public.blob.clone()), (2048, rsa_blob(&private.to_public_key()).unwrap()));
        assert_eq!((public.kind, public.fingerprint.len()), (KeyKind::Rsa, 20 * 3 - 1));
        assert_eq!(public.fingerprint, pairs(&Sha1::digest(private.to_pkcs8_der().unwrap().as_bytes())));
        assert_eq!(PublicKey::imported(&public.line("it")).unwrap().blob, public.blob);
    }

    #[test]
    fn a_new_ed25519_pair_is_of_one_key() {
        let (public, text) = generate(KeyKind::Ed25519).unwrap();
        let private = PrivateKey::from_openssh(&text).unwrap();
        assert_eq!(PublicKey::imported(&private.public_key().to_openssh().unwrap()).unwrap(), public);
        assert_ne!(generate(KeyKind::Ed25519).unwrap().0, public);
    }
}
