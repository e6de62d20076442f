/* What a verifier needs of the two libraries: an Ed25519 signature checked, and SHA-256, without any browser feature. */
(() => {
  "use strict";
  window.kupasiSignatures = {
    /* Whether 64 bytes are the signature of a message under a public key of 32 bytes. */
    verify: (signature, message, key) =>
      signature.length === 64 && key.length === 32 && window.nacl.sign.detached.verify(message, signature, key),
    sha256: (bytes) => new Uint8Array(window.sha256.arrayBuffer(bytes)),
  };
})();
