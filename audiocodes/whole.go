package audiocodes

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
)

// Statuses of a complete answer from the device itself (LTRT-41761, "HTTP Status Codes", documents 200, and 204 for no
// alarms). 201 and 204 also count for a write: its effect is read back anyway.
var (
	wholeReads  = []int{http.StatusOK, http.StatusNoContent}
	wholeWrites = []int{http.StatusOK, http.StatusCreated, http.StatusNoContent}
)

func isWhole(method string, status int) bool {
	if method == http.MethodGet || method == "" {
		return slices.Contains(wholeReads, status)
	}
	return slices.Contains(wholeWrites, status)
}

// partWords say what the other statuses in 2xx mean (RFC 9110, section 15.3).
var partWords = map[int]error{
	http.StatusAccepted: errors.New("the request was taken, " +
		"and nothing is said of whether it is carried out"),
	http.StatusNonAuthoritativeInfo: errors.New("something on the way has changed the answer"),
	http.StatusPartialContent:       errors.New("this is only a part of the answer"),
}

var errOtherSuccess = errors.New("no device is documented to answer so")

// notWhole is the error for a 2xx answer that neither proves success nor is complete: a part of a configuration would
// pass for a configuration without the rest.
func notWhole(operation string, status int) *Error {
	cause := cmp.Or(partWords[status], errOtherSuccess)
	return &Error{Operation: operation, Status: status, kind: ErrBadAnswer, cause: cause}
}
