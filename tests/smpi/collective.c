// One collective of MPI's own, and how long it takes: SMPI has the algorithms of MPICH and Open MPI
// (smpi_test.cc chooses one by an option).
//
// argv[1]: "all_reduce", "reduce_scatter", "all_gather" or "all_to_all"; argv[2]: floats of the whole buffer,
// a multiple of the number of ranks. Prints a line a rank, as replay.c does.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank), MPI_Comm_size(MPI_COMM_WORLD, &size);
  const char* kind = argc > 2 ? argv[1] : "";
  const int count = argc > 2 ? atoi(argv[2]) : 0, part = count / size;
  float *from = calloc(count + 1, sizeof(float)), *to = calloc(count + 1, sizeof(float));
  const double began = MPI_Wtime();
  if (strcmp(kind, "all_reduce") == 0) {
    MPI_Allreduce(from, to, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  } else if (strcmp(kind, "reduce_scatter") == 0) {
    MPI_Reduce_scatter_block(from, to, part, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  } else if (strcmp(kind, "all_gather") == 0) {
    MPI_Allgather(from, part, MPI_FLOAT, to, part, MPI_FLOAT, MPI_COMM_WORLD);
  } else if (strcmp(kind, "all_to_all") == 0) {
    MPI_Alltoall(from, part, MPI_FLOAT, to, part, MPI_FLOAT, MPI_COMM_WORLD);
  } else {
    fprintf(stderr, "collective: which one?\n");
    exit(1);
  }
  printf("rank %d began %.9f ended %.9f\n", rank, began, MPI_Wtime());
  MPI_Finalize();
  return 0;
}
