/* Ed25519 signatures (RFC 8032) and SHA-2, checked by this file alone: no network, no browser feature but BigInt. */
(() => {
  "use strict";
  const P = 2n ** 255n - 19n;
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (a, m = P) => ((a % m) + m) % m;
  const power = (base, exponent) => {
    let result = 1n;
    for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
    return result;
  };
  const D = mod(-121665n * power(121666n, P - 2n));
  const ROOT = power(2n, (P - 1n) / 4n);
  const little = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

  /* A point from its 32 bytes as (X, Y, Z, T), or null for bytes that are none. */
  const point = (bytes) => {
    const whole = little(bytes);
    const y = whole & (2n ** 255n - 1n), sign = whole >> 255n;
    if (y >= P) return null;
    const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
    let x = mod(u * v ** 3n * power(u * v ** 7n, (P - 5n) / 8n));
    if (mod(v * x * x - u) !== 0n) x = mod(x * ROOT);
    if (mod(v * x * x - u) !== 0n || (x === 0n && sign === 1n)) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  };
  const add = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
    const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2));
    const c = mod(2n * D * t1 * t2), d = mod(2n * z1 * z2);
    const e = b - a, f = d - c, g = d + c, h = b + a;
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  };
  const times = (start, factor) => {
    let sum = [0n, 1n, 1n, 0n];
    for (let one = start, k = factor; k > 0n; k >>= 1n, one = add(one, one)) if (k & 1n) sum = add(sum, one);
    return sum;
  };
  const same = ([x1, y1, z1], [x2, y2, z2]) => mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;
  const BASE = point(Uint8Array.from([0x58, ...new Array(31).fill(0x66)]));

  /* SHA-2: its constants are the fractions of the roots of the first primes, computed here. */
  const primes = [];
  for (let n = 2; primes.length < 80; n += 1) if (primes.every((one) => n % one)) primes.push(n);
  const root = (value, degree) => {
    let low = 0n, high = 1n << 160n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** degree <= value) low = middle; else high = middle;
    }
    return low;
  };
  const SIXTY_FOUR = 2n ** 64n - 1n;
  const ROUNDS = primes.map((one) => root(BigInt(one) << 192n, 3n) & SIXTY_FOUR);
  const START = primes.slice(0, 8).map((one) => root(BigInt(one) << 128n, 2n) & SIXTY_FOUR);
  const KINDS = {
    256: { bits: 32n, rounds: 64, turns: [[2n, 13n, 22n], [6n, 11n, 25n], [7n, 18n, 3n], [17n, 19n, 10n]] },
    512: { bits: 64n, rounds: 80, turns: [[28n, 34n, 39n], [14n, 18n, 41n], [1n, 8n, 7n], [19n, 61n, 6n]] },
  };
  const padded = (bytes, word) => {
    const block = 16 * word;
    const length = Math.ceil((bytes.length + 1 + 2 * word) / block) * block;
    const out = new Uint8Array(length);
    out.set(bytes);
    out[bytes.length] = 0x80;
    for (let at = length - 1, bits = BigInt(bytes.length) * 8n; bits > 0n; at -= 1, bits >>= 8n) out[at] = Number(bits & 255n);
    return out;
  };
  const sha = (size, bytes) => {
    const { bits, rounds, turns: [S0, S1, s0, s1] } = KINDS[size];
    const word = Number(bits) / 8, mask = (1n << bits) - 1n, cut = 64n - bits;
    const turn = (x, n) => ((x >> n) | (x << (bits - n))) & mask;
    const big = (x, [a, b, c]) => turn(x, a) ^ turn(x, b) ^ turn(x, c);
    const small = (x, [a, b, c]) => turn(x, a) ^ turn(x, b) ^ (x >> c);
    const content = padded(bytes, word);
    let state = START.map((one) => one >> cut);
    for (let at = 0; at < content.length; at += 16 * word) {
      const w = [];
      for (let t = 0; t < rounds; t += 1) {
        if (t < 16) w.push(content.slice(at + t * word, at + (t + 1) * word).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
        else w.push((small(w[t - 2], s1) + w[t - 7] + small(w[t - 15], s0) + w[t - 16]) & mask);
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let t = 0; t < rounds; t += 1) {
        const one = h + big(e, S1) + ((e & f) ^ (~e & mask & g)) + (ROUNDS[t] >> cut) + w[t];
        const two = big(a, S0) + ((a & b) ^ (a & c) ^ (b & c));
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & mask, c, b, a, (one + two) & mask];
      }
      state = [a, b, c, d, e, f, g, h].map((value, index) => (value + state[index]) & mask);
    }
    const hex = state.map((one) => one.toString(16).padStart(2 * word, "0")).join("");
    return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  };

  /* Whether 64 bytes are the signature of a message under a public key of 32 bytes. */
  const verify = (signature, message, key) => {
    if (signature.length !== 64 || key.length !== 32) return false;
    const r = point(signature.slice(0, 32)), a = point(key), s = little(signature.slice(32));
    if (!r || !a || s >= L) return false;
    const joined = new Uint8Array(64 + message.length);
    joined.set(signature.slice(0, 32));
    joined.set(key, 32);
    joined.set(message, 64);
    const k = little(sha(512, joined)) % L;
    return same(times(BASE, s), add(r, times(a, k)));
  };

  window.kupasiEd25519 = { verify, sha };
})();
