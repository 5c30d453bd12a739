package management

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// localAPI is what the original's Message Processor tells about itself on its own port 8082.
type localAPI struct{ o Options }

func (l localAPI) environments(w http.ResponseWriter, r *http.Request) {
	if l.knowsOrganization(w, r) {
		names(w, []string{l.o.Environment()})
	}
}

func (l localAPI) revisions(w http.ResponseWriter, r *http.Request) {
	if !l.knowsOrganization(w, r) || !l.knowsEnvironment(w, r) {
		return
	}
	api := r.PathValue("a")
	var found []int
	for _, route := range l.o.Routes() {
		if route.API == api {
			found = append(found, route.Revision)
		}
	}
	if found == nil {
		refuse(w, http.StatusNotFound, noApplication, fmt.Sprintf("APIProxy %s is not deployed here", api))
		return
	}
	slices.Sort(found)
	var texts []string
	for _, revision := range slices.Compact(found) {
		texts = append(texts, strconv.Itoa(revision))
	}
	names(w, texts)
}

// leaf is one base path of the classification tree. Only the path of the original's call is known, not its answer:
// this shape is our own.
type leaf struct {
	BasePath     string `json:"basePath"`
	Organization string `json:"organization"`
	Environment  string `json:"environment"`
	API          string `json:"api"`
	Revision     string `json:"revision"`
	Target       string `json:"target"`
}

func (l localAPI) tree(w http.ResponseWriter, r *http.Request) {
	leaves := []leaf{}
	for _, route := range l.o.Routes() {
		leaves = append(leaves, leaf{route.BasePath, l.o.Organization(), l.o.Environment(), route.API,
			strconv.Itoa(route.Revision), route.Target})
	}
	slices.SortFunc(leaves, func(a, b leaf) int { return strings.Compare(a.BasePath, b.BasePath) })
	answer(w, http.StatusOK, leaves)
}

func (l localAPI) knowsOrganization(w http.ResponseWriter, r *http.Request) bool {
	o := r.PathValue("o")
	if o == l.o.Organization() {
		return true
	}
	refuse(w, http.StatusNotFound, noOrganization, fmt.Sprintf("Organization %s does not exist", o))
	return false
}

func (l localAPI) knowsEnvironment(w http.ResponseWriter, r *http.Request) bool {
	e := r.PathValue("e")
	if e == l.o.Environment() {
		return true
	}
	refuse(w, http.StatusNotFound, noEnvironment,
		fmt.Sprintf("Environment %s does not exist in organization %s", e, r.PathValue("o")))
	return false
}

// names answers a list in the original's spacing: [ "preprod", "test" ]
func names(w http.ResponseWriter, list []string) {
	quoted := make([]string, len(list))
	for i, name := range list {
		b, _ := json.Marshal(name)
		quoted[i] = string(b)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, "[ %s ]", strings.Join(quoted, ", "))
}
