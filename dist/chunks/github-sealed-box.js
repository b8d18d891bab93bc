export const id = "github-sealed-box";
export const ids = ["github-sealed-box"];
export const modules = {

/***/ 7525: // src/github/sealed-box.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   seal: () => (/* binding */ seal)
/* harmony export */ });
/* harmony import */ var _noble_ciphers_salsa_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8863);
/* harmony import */ var _noble_hashes_blake2_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5089);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/**
 * libsodium's sealed box, as GitHub wants its secrets: only who has the private key opens it, not even this side.
 *
 * A key pair is made for each box. Its public half comes first; a `crypto_box` from it follows, whose nonce is made of both
 * public keys. https://doc.libsodium.org/public-key_cryptography/sealed_boxes,
 * https://cr.yp.to/highspeed/naclcrypto-20090310.pdf
 */



/**
 * @param publicKey of X25519, 32 bytes
 * @param ephemeral of X25519, for this box alone
 * @returns 48 bytes more than the message has in UTF-8
 * @throws when it is no public key
 */
function seal(message, publicKey, ephemeral = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.generateKeyPairSync)('x25519')) {
    const jwk = { kty: 'OKP', crv: 'X25519', x: publicKey.toString('base64url') };
    const recipient = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPublicKey)({ key: jwk, format: 'jwk' });
    const sender = Buffer.from(ephemeral.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const shared = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.diffieHellman)({ privateKey: ephemeral.privateKey, publicKey: recipient });
    const nonce = (0,_noble_hashes_blake2_js__WEBPACK_IMPORTED_MODULE_1__/* .blake2b */ .Sx)(Buffer.concat([sender, publicKey]), { dkLen: 24 });
    return Buffer.concat([sender, (0,_noble_ciphers_salsa_js__WEBPACK_IMPORTED_MODULE_2__/* .xsalsa20poly1305 */ .uT)(boxKey(shared), nonce).encrypt(Buffer.from(message))]);
}
/** What `crypto_box` makes of the secret that both sides share: HSalsa20 of it and of no nonce. */
function boxKey(shared) {
    const key = new Uint32Array(8);
    (0,_noble_ciphers_salsa_js__WEBPACK_IMPORTED_MODULE_2__/* .hsalsa */ .bD)(words(Buffer.from('expand 32-byte k')), words(shared), new Uint32Array(4), key);
    const bytes = Buffer.alloc(32);
    for (const [i, word] of key.entries())
        bytes.writeUInt32LE(word, 4 * i);
    return bytes;
}
/** As Salsa20 reads bytes, whatever the machine's own order is. */
function words(bytes) {
    return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
}


/***/ })

};
