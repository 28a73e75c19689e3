// Goes through rounds of messages as an MPI program, computing nothing, and says when it is through: what
// SMPI times for us (smpi_test.cc). Every stream has one round open at a time, streams are independent of
// each other.
//
// argv[1]: the number of ranks, then for each its number of streams, and for each of those a tag, a number of
// rounds, and the rounds: to, bytes, from, bytes; a rank of -1: nothing. Prints one line a rank:
// "rank R began SECONDS ended SECONDS".
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  int to, sent, from, received;
} Round;

typedef struct {
  int tag, rounds, next;  // next: the round that is not open yet
  Round* list;
} Stream;

static void Fail(const char* what) {
  fprintf(stderr, "replay: %s\n", what);
  exit(1);
}

static int ReadInt(FILE* in) {
  int value = 0;
  if (fscanf(in, "%d", &value) != 1) Fail("the rounds end too early");
  return value;
}

static int ReadStreams(FILE* in, Stream** streams) {
  const int count = ReadInt(in);
  *streams = malloc(sizeof(Stream) * (count + 1));
  for (int s = 0; s < count; ++s) {
    Stream* stream = &(*streams)[s];
    stream->tag = ReadInt(in), stream->rounds = ReadInt(in), stream->next = 0;
    stream->list = malloc(sizeof(Round) * (stream->rounds + 1));
    for (int r = 0; r < stream->rounds; ++r) {
      Round* round = &stream->list[r];
      round->to = ReadInt(in), round->sent = ReadInt(in);
      round->from = ReadInt(in), round->received = ReadInt(in);
    }
  }
  return count;
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank), MPI_Comm_size(MPI_COMM_WORLD, &size);
  FILE* in = argc > 1 ? fopen(argv[1], "r") : NULL;
  if (in == NULL || ReadInt(in) != size) Fail("needs the rounds of as many ranks as there are");
  Stream* streams = NULL;
  int count = 0, longest = 1;
  for (int r = 0; r <= rank; ++r) count = ReadStreams(in, &streams);  // the last one read is this rank's
  fclose(in);
  for (int s = 0; s < count; ++s) {
    for (int r = 0; r < streams[s].rounds; ++r) {
      if (streams[s].list[r].sent > longest) longest = streams[s].list[r].sent;
      if (streams[s].list[r].received > longest) longest = streams[s].list[r].received;
    }
  }
  char *out = calloc(longest, 1), *into = calloc(longest, 1);  // what is in them does not matter

  const double began = MPI_Wtime();
  MPI_Request* open =
      malloc(sizeof(MPI_Request) * 2 * (count + 1));  // of stream s: 2 s sends, 2 s + 1 receives
  for (int i = 0; i < 2 * count; ++i) open[i] = MPI_REQUEST_NULL;
  for (;;) {
    for (int s = 0; s < count; ++s) {
      Stream* stream = &streams[s];
      if (open[2 * s] != MPI_REQUEST_NULL || open[2 * s + 1] != MPI_REQUEST_NULL) continue;
      if (stream->next == stream->rounds) continue;
      const Round* round = &stream->list[stream->next++];
      if (round->from >= 0)
        MPI_Irecv(into, round->received, MPI_CHAR, round->from, stream->tag, MPI_COMM_WORLD,
                  &open[2 * s + 1]);
      if (round->to >= 0)
        MPI_Isend(out, round->sent, MPI_CHAR, round->to, stream->tag, MPI_COMM_WORLD, &open[2 * s]);
    }
    int index;
    MPI_Waitany(2 * count, open, &index, MPI_STATUS_IGNORE);
    if (index == MPI_UNDEFINED) break;  // nothing was open
  }
  printf("rank %d began %.9f ended %.9f\n", rank, began, MPI_Wtime());
  MPI_Finalize();
  return 0;
}
