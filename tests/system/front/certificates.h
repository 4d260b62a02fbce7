/* Certificates for the tests, made by OpenSSL on the spot. */
#ifndef MINTMARK_TESTS_SYSTEM_FRONT_CERTIFICATES_H
#define MINTMARK_TESTS_SYSTEM_FRONT_CERTIFICATES_H

/* Writes into the folder: ca.pem, other-ca.pem, and as NAME.pem + NAME.key
 *   server      DNS:localhost, IP:127.0.0.1
 *   expired     the same, of last year
 *   station     URI:spiffe://test/station/line1-03
 *   neighbour   URI:spiffe://test/station/line1-04
 *   nobody      no URI at all
 *   stranger    URI:spiffe://elsewhere/station/line1-03
 *   double      two URIs
 *   outsider    station's URI, signed by other-ca
 * Fails the test when it cannot. */
void certificates_write(const char *folder);

#endif
