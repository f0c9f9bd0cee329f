/* A very small test harness: CHECK counts, failures are printed, check_summary() closes. */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lithe.h"

extern int check_passed, check_failed;

#define CHECK(condition) check_that((condition) != 0, #condition, "", __FILE__, __LINE__)

/* A call with the run block `run` returns a status and, unless fragment is NULL, a message with that fragment. */
#define CHECK_STATUS(run, call, want, fragment) check_status((run), (call), (want), (fragment), #call, __FILE__, __LINE__)

void check_that(int ok, const char *what, const char *detail, const char *file, int line);
void check_status(const lithe_run *run, int32_t got, int32_t want, const char *fragment, const char *what,
                  const char *file, int line);
int check_summary(void);

/* The suites. */
void test_library(void);
void test_arguments(void);
void test_options(void);
void test_mixture(void);
void test_mixture_blocks(void);
void test_npmle(void);
void test_inference(void);
void test_files(void);
void test_kmeans(void);
void test_lowrank(void);
void test_operators(void);
void test_estimates(void);
void test_kernels(void);
void test_streams(void);
void test_pca(void);
void test_gp(void);
void test_gp_svm(void);
void test_gp_basis(void);
void test_gp_classifier(void);
void test_gp_surrogate(void);
void test_softmix(void);
void test_choice(void);
void test_facility(void);
void test_subsets(void);
void test_results(void);
void test_threads(void);
void test_panics(void);

/* Fixtures. */
enum { BLOBS = 3, FEATURES = 4 };

typedef struct blobs {
    int64_t n;
    double *x;       /* n x FEATURES, three well separated clouds */
    int64_t *labels; /* n */
} blobs;

blobs make_blobs(int64_t n);
void free_blobs(blobs *b);
lithe_matrix doubles(double *data, int64_t rows, int64_t cols);
lithe_matrix floats(float *data, int64_t rows, int64_t cols);
lithe_run fresh_run(void);
/* Entry (i, j) of a Hadamard matrix. */
double hadamard(int i, int j);
/* A symmetric n x n matrix of eigenvalues 5, second, 2 and 0; n is a power of 2, at least 4. */
void make_symmetric(double *a, int n, double second);
/* A matrix as lithe_lowrank_... takes it. */
lithe_operator dense_operator(const lithe_matrix *a);
/* A number of a result's report; copies of its arrays, which must have that shape, to be freed. */
double number_of(lithe_handle result, const char *name);
double *array_of(lithe_handle result, const char *name, int64_t rows, int64_t cols);
int64_t *indices_of(lithe_handle result, const char *name, int64_t count);
/* Fits three diagonal components to the blobs; ends the program if that fails. */
lithe_handle fit_blobs(const blobs *b);
char *temporary_path(char *buffer, size_t size, const char *name);

#endif
