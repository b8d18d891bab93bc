/**
 * Writes the verification of RS256 signatures (RSASSA-PKCS1-v1_5 with SHA-256, keys of 2048 bits) as procedures of MySQL
 * and MariaDB: no plug-in, no table, no dynamic SQL.
 *
 * A number is 20 limbs of 104 bits in DECIMAL. The signature is raised to 65537 by Montgomery multiplication (Montgomery
 * 1985; Koç, Acar, Kaliski: "Analyzing and comparing Montgomery multiplication algorithms", 1996) with R = 2^2080, each
 * column of a product as one expression: at most 40 products of 2^208 and a carry, less than 1.7e64, and DECIMAL holds
 * 1e65. It is written out rather than looped over because a variable is the only fast store there; both squaring and
 * multiplying are one routine because a job is a new connection, which has to parse it first.
 */
const limbs = 20;
const limbHex = 26; // digits
const base = 1n << 104n;
const halfLimb = (1n << 52n).toString(); // CONV() works in 64 bits

const upTo = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
const all = upTo(0, limbs);
const lines = (each: readonly string[]): string => each.map((line) => `    ${line}`).join('\n');

const declare = (name: string): string => `  DECLARE ${all.map((i) => name + i).join(', ')} DECIMAL(32,0);`;
const copy = (to: string, from: string): string => `SET ${all.map((i) => `${to}${i} = ${from}${i}`).join(', ')};`;
/** An expression: 13 hexadecimal digits as a number. CONV() gives text, and text times a number would be a DOUBLE. */
const hexDigits = (text: string, from: number, count = 13): string =>
  `CAST(CONV(SUBSTR(${text},${from},${count}),16,10) AS DECIMAL(32,0))`;
const hexLimb = (text: string, i: number): string => {
  const from = (limbs - 1 - i) * limbHex + 1;
  return `${hexDigits(text, from)}*${halfLimb}+${hexDigits(text, from + 13)}`;
};
/** An expression: a limb of 640 decimal digits, the most significant first. */
const decimalLimb = (text: string, i: number): string =>
  `CAST(SUBSTR(${text},${(limbs - 1 - i) * 32 + 1},32) AS DECIMAL(32,0))`;
const decimalText = (name: string): string =>
  `CONCAT(${all
    .toReversed()
    .map((i) => `LPAD(${name}${i},32,'0')`)
    .join(',')})`;

/** Replaces a by the Montgomery product of a and r modulo n. The result lies in [0, 2n). */
function product(): string {
  const columns = upTo(0, 2 * limbs - 1).map((k) => {
    const first = Math.max(0, k - limbs + 1);
    const own = upTo(first, Math.min(k, limbs - 1) + 1).map((i) => `a${i}*r${k - i}`);
    const reduced = upTo(first, Math.min(k, limbs)).map((i) => `m${i}*n${k - i}`);
    const sum = ['c', ...own, ...reduced].join('+');
    return k < limbs
      ? `SET t=${sum}; SET m${k}=MOD(MOD(t,b)*p_q,b); SET c=(t+m${k}*n0)/b;`
      : `SET t=${sum}; SET a${k - limbs}=MOD(t,b); SET c=(t-a${k - limbs})/b;`;
  });
  return lines([...columns, `SET a${limbs - 1}=c; SET c=0;`]);
}

/** EMSA-PKCS1-v1_5 (RFC 8017, 9.2): above the hash, the last 64 digits, everything is constant. */
const encoded = `000000000001${'ff'.repeat(202)}003031300d060960864801650304020105000420${'0'.repeat(64)}`;
const constant = (i: number): bigint => BigInt(`0x${encoded.slice((limbs - 1 - i) * limbHex, (limbs - i) * limbHex)}`);
const expected = (i: number): string => (i < 3 ? `e${i}` : constant(i).toString());

const base64 = (text: string): string => `FROM_BASE64(CONCAT(REPLACE(REPLACE(${text}, '-', '+'), '_', '/'), '=='))`;

/** The procedure that verifies; its two parameters beside the token are what `prepare_key` has made of the key. */
export const verification = `-- Whether a token's signature is right. What it costs is in proportion to nothing that the caller chooses: about 5 ms.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.rs256(
  IN p_token MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_n_hex VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin, IN p_n VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_q DECIMAL(32,0), IN p_r2 VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin, OUT p_valid BOOLEAN)
SQL SECURITY INVOKER NO SQL
verifying: BEGIN
${['a', 'n', 'm', 'r', 'x'].map(declare).join('\n')}
  DECLARE t, c DECIMAL(65,0) DEFAULT 0;
  DECLARE b DECIMAL(32,0) DEFAULT ${base};
  DECLARE e0, e1, e2 DECIMAL(32,0);
  DECLARE v_round INT DEFAULT 0;
  DECLARE v_first, v_second INT;
  DECLARE v_signature VARCHAR(520) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION SET p_valid = FALSE; -- what is no base64 is an error to some servers
  SET p_valid = FALSE;
  -- FROM_BASE64() skips blanks and line ends, so what is not of the alphabet is refused before.
  IF p_token IS NULL OR p_n_hex IS NULL OR p_n IS NULL OR p_q IS NULL OR p_r2 IS NULL
    OR CHAR_LENGTH(p_token) > 16384 OR p_token REGEXP '[^A-Za-z0-9_.-]' THEN LEAVE verifying; END IF;
  SET v_first = LOCATE('.', p_token);
  SET v_second = LOCATE('.', p_token, v_first + 1);
  IF v_first < 2 OR v_second < v_first + 2 OR CHAR_LENGTH(p_token) <> v_second + 342
    OR LOCATE('.', p_token, v_second + 1) > 0 THEN LEAVE verifying; END IF;
  SET v_signature = LOWER(HEX(${base64('SUBSTR(p_token, v_second + 1)')}));
  IF v_signature IS NULL OR LENGTH(v_signature) <> 512 OR STRCMP(v_signature, p_n_hex) >= 0 THEN LEAVE verifying; END IF;
  SET v_hash = SHA2(LEFT(p_token, v_second - 1), 256);
  SET v_signature = CONCAT('00000000', v_signature);
${lines(all.map((i) => `SET x${i}=${hexLimb('v_signature', i)};`))}
${lines(all.map((i) => `SET n${i}=${decimalLimb('p_n', i)};`))}
${lines(all.map((i) => `SET r${i}=${decimalLimb('p_r2', i)};`))}
  ${copy('a', 'x')}
  -- Into Montgomery form, 16 squarings, times the plain signature, which leaves the form.
  WHILE v_round < 18 DO
    IF v_round = 17 THEN ${copy('r', 'x')}
    ELSEIF v_round > 0 THEN ${copy('r', 'a')} END IF;
${product()}
    SET v_round = v_round + 1;
  END WHILE;
  SET e0 = ${hexDigits('v_hash', 39)}*${halfLimb}+${hexDigits('v_hash', 52)};
  SET e1 = ${hexDigits('v_hash', 13)}*${halfLimb}+${hexDigits('v_hash', 26)};
  SET e2 = ${constant(2)}+${hexDigits('v_hash', 1, 12)};
  IF ${all.map((i) => `a${i}=${expected(i)}`).join(' AND ')} THEN
    SET p_valid = TRUE;
    LEAVE verifying;
  END IF;
  -- Once in 2^30 the product is the right value plus n.
  SET c = 0;
${lines(all.map((i) => `SET t=c+n${i}+${expected(i)}; SET m${i}=MOD(t,b); SET c=(t-m${i})/b;`))}
  SET p_valid = c = 0 AND ${all.map((i) => `a${i}=m${i}`).join(' AND ')};
END//`;

/** The procedure that makes of a modulus what the verification needs: once for each key. */
export const preparation = `-- What the verification needs of a key, made once. @param p_jwk_n the modulus as in a JWK: base64url of 2048 bits
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.prepare_key(
  IN p_jwk_n VARCHAR(400) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_n_hex VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin, OUT p_n VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_q DECIMAL(32,0), OUT p_r2 VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin, OUT p_problem VARCHAR(100))
SQL SECURITY INVOKER NO SQL
preparing: BEGIN
${['a', 'n', 'd'].map(declare).join('\n')}
  DECLARE t DECIMAL(65,0);
  DECLARE b DECIMAL(32,0) DEFAULT ${base};
  DECLARE c INT;
  DECLARE v_round INT DEFAULT 0;
  DECLARE v_text VARCHAR(520) CHARACTER SET ascii COLLATE ascii_bin;
  SET p_problem = 'the key must have 2048 bits: 342 characters of base64url';
  IF p_jwk_n IS NULL OR CHAR_LENGTH(p_jwk_n) <> 342 OR p_jwk_n REGEXP '[^A-Za-z0-9_-]' THEN LEAVE preparing; END IF;
  SET p_n_hex = LOWER(HEX(${base64('p_jwk_n')}));
  IF p_n_hex IS NULL OR LENGTH(p_n_hex) <> 512 OR LOCATE(LEFT(p_n_hex, 1), '89abcdef') = 0 THEN LEAVE preparing; END IF;
  SET p_problem = 'the modulus must be odd';
  IF LOCATE(RIGHT(p_n_hex, 1), '13579bdf') = 0 THEN LEAVE preparing; END IF;
  SET v_text = CONCAT('00000000', p_n_hex);
${lines(all.map((i) => `SET n${i}=${hexLimb('v_text', i)};`))}
  SET p_n = ${decimalText('n')};
  -- -1/n modulo 2^104, by Newton's iteration
  SET p_q = 1;
  WHILE v_round < 7 DO
    SET p_q = MOD(p_q * MOD(b + 2 - MOD(n0 * p_q, b), b), b);
    SET v_round = v_round + 1;
  END WHILE;
  SET p_q = b - p_q;
  -- R^2 = 2^4160 modulo n, by doubling 2^2047
  SET ${all.map((i) => `a${i} = ${i === limbs - 1 ? (1n << (2047n - 104n * BigInt(limbs - 1))).toString() : '0'}`).join(', ')}, v_round = 0;
  WHILE v_round < 2113 DO
    SET c = 0;
${lines(all.map((i) => `SET t=2*a${i}+c; IF t >= b THEN SET a${i}=t-b, c=1; ELSE SET a${i}=t, c=0; END IF;`))}
    SET c = 0;
${lines(all.map((i) => `SET t=a${i}-n${i}-c; IF t < 0 THEN SET d${i}=t+b, c=1; ELSE SET d${i}=t, c=0; END IF;`))}
    IF c = 0 THEN ${copy('a', 'd')} END IF;
    SET v_round = v_round + 1;
  END WHILE;
  SET p_r2 = ${decimalText('a')};
  SET p_problem = NULL;
END//`;
