// The servers for a machine without its own: `embedded redis` is miniredis, `embedded database` is FerretDB on SQLite.
// build.ts builds this program, tools/services.ts runs it.
//
// It listens on 127.0.0.1, on the port of an optional second argument, else on a free one, and then prints one line to
// standard output, `ready <name> <version> <host:port>`. It writes only into its working directory. It ends when its
// standard input ends, because then its parent has ended.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/alicebob/miniredis/v2"
)

// A directory, and not `mode=memory`: that gives FerretDB a single connection, on which 200 operations at once
// deadlock. Without fsync a directory is as fast; the data is thrown away at the end anyhow.
const sqliteURL = "file:./?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)"

func main() {
	command, address := "", "127.0.0.1:0"
	if len(os.Args) == 2 || len(os.Args) == 3 {
		command = os.Args[1]
	}
	if len(os.Args) == 3 {
		address = "127.0.0.1:" + os.Args[2]
	}

	var err error
	switch command {
	case "redis":
		err = startRedis(address)
	case "database":
		err = startDatabase(address)
	default:
		err = fmt.Errorf("expected redis or database, and maybe a port, got %q", os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	_, _ = io.Copy(io.Discard, os.Stdin)
}

func startRedis(address string) error {
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(address); err != nil {
		return err
	}
	ready("miniredis", "github.com/alicebob/miniredis/v2", server.Addr())
	return nil
}

func startDatabase(address string) error {
	// FerretDB decodes whole collections to filter and sort them: collecting garbage less often
	// makes that about a quarter faster.
	debug.SetGCPercent(400)

	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Handler:   "sqlite",
		SQLiteURL: sqliteURL,
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}
	go func() {
		err := server.Run(context.Background())
		fmt.Fprintln(os.Stderr, "FerretDB ended:", err)
		os.Exit(1)
	}()
	// The package returns its address only as `mongodb://127.0.0.1:<port>/`.
	var port int
	if _, err := fmt.Sscanf(server.MongoDBURI(), "mongodb://127.0.0.1:%d/", &port); err != nil {
		return fmt.Errorf("FerretDB's address is not as expected: %s: %w", server.MongoDBURI(), err)
	}
	ready("FerretDB", "github.com/FerretDB/FerretDB", fmt.Sprintf("127.0.0.1:%d", port))
	return nil
}

// ready prints where the server listens, and the version of its module, for the parent.
func ready(name, module, address string) {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				version = dependency.Version
			}
		}
	}
	fmt.Println("ready", name, version, address)
}
