package mockdevice

import (
	"crypto/rsa"
	"math/big"
	"sync"
)

// The primes of the RSA key in all certificates of Teams contexts: devices have RSA keys, and
// making one takes longer than most tests. It protects nothing.
const (
	firstPrime = "fc9d0972c6ddd4dcec914040e6d31b1d1bb6a55daaa18758f9418dbc612dbd9ec233b9687485064dff9f0dc99b0e6c1f" +
		"3282ff4ea68bc2d40d697cc579c468340183c58c6c3a1347367df06c665e79edec1ec88fbd4628c206230f9b2ac925a8" +
		"ee4215a010a813a1b50f1a033e468354ebe86dd34ceec650d126e8580ab78251"
	secondPrime = "e7decd9c763ef40daddbc646547154c2af6d01b6408a4321d4dd3310b1b64ad60cd1d016ab3f091b90be69cc820cac23" +
		"43f7440e0d5930eebe96f9856aeeed805b4026a1b2bb493958b6baa07e680c40a94d1f738554d0fde3dec88c318e418c" +
		"d9650170889d035c1e11d9202c097487bd204ab7f2ac1115c64a61dbf5c195bb"
)

var leafKey = sync.OnceValue(func() *rsa.PrivateKey {
	p, _ := new(big.Int).SetString(firstPrime, 16)
	q, _ := new(big.Int).SetString(secondPrime, 16)
	one, e := big.NewInt(1), big.NewInt(65537)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: int(e.Int64())},
		D:         new(big.Int).ModInverse(e, phi), Primes: []*big.Int{p, q},
	}
	key.Precompute()
	return key
})
