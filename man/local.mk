dist_man_MANS = %D%/batchtop.1
